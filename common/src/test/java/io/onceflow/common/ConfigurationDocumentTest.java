package io.onceflow.common;

import static org.assertj.core.api.Assertions.assertThat;

import io.onceflow.common.commit.CommitConfig;
import io.onceflow.common.config.ConfigReader;
import io.onceflow.common.config.KafkaConfig;
import io.onceflow.common.config.KafkaSourceConfig;
import io.onceflow.common.config.MariaDbConfig;
import io.onceflow.common.config.OptionReference;
import io.onceflow.common.config.PostgresConfig;
import io.onceflow.common.config.RabbitMqConfig;
import io.onceflow.common.config.RedisConfig;
import io.onceflow.common.sink.kafka.KafkaSinkConfig;
import io.onceflow.common.source.Watermarks;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.Function;
import org.junit.jupiter.api.Test;

/** The tables of docs/configuration.md are what the code reads. */
class ConfigurationDocumentTest {

  private static final Path DOCUMENT = Path.of("..", "docs", "configuration.md");

  private static void assertDocumented(String group, Function<ConfigReader, ?> parser)
      throws Exception {
    String table =
        OptionReference.asMarkdown(ConfigReader.describe(root -> parser.apply(root.group(group))));
    assertThat(Files.readString(DOCUMENT))
        .withFailMessage("docs/configuration.md must hold this table for %s:%n%n%s", group, table)
        .contains(table);
  }

  @Test
  void theTablesOfTheDocumentAreTheKeysOfTheCode() throws Exception {
    KafkaConfig kafka = KafkaConfig.plaintext("localhost:9092");
    assertDocumented("kafka", KafkaConfig::read);
    assertDocumented("source", reader -> KafkaSourceConfig.read(reader, kafka));
    assertDocumented("watermarks", Watermarks::read);
    assertDocumented("dead-letters", reader -> KafkaSinkConfig.read(reader, kafka));
    assertDocumented("postgres", PostgresConfig::read);
    assertDocumented("mariadb", MariaDbConfig::read);
    assertDocumented("redis", RedisConfig::read);
    assertDocumented("rabbitmq", RabbitMqConfig::read);
    assertDocumented("sink", CommitConfig::read);
  }
}
