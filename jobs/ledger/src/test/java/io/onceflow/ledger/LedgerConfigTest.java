package io.onceflow.ledger;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.onceflow.common.commit.OnReject;
import io.onceflow.common.config.Arguments;
import io.onceflow.common.config.ConfigException;
import io.onceflow.common.config.ConfigReader;
import io.onceflow.common.config.Settings;
import io.onceflow.common.job.JobMain;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class LedgerConfigTest {

  private static final String SHIPPED = "../../flink-conf/jobs/ledger.yaml";

  @Test
  void theShippedConfigurationIsRead() throws Exception {
    var config = read("--config", SHIPPED, "--set", "postgres.ssl-mode=disable");
    assertThat(config.sink().sinkId()).hasToString("ledger");
    assertThat(config.source().topic()).isEqualTo("ledger-commands");
  }

  @Test
  void aRejectedRowFailsTheJobByDefault() throws Exception {
    Path file = Files.createTempFile("ledger", ".yaml");
    String shipped = Files.readString(Path.of(SHIPPED));
    assertThat(shipped).contains("  on-reject: fail\n");
    Files.writeString(file, shipped.replace("  on-reject: fail\n", ""));
    var config = read("--config", file.toString(), "--set", "postgres.ssl-mode=disable");
    assertThat(config.sink().onReject()).isEqualTo(OnReject.FAIL);
    Files.delete(file);
  }

  @Test
  void aSinkThatLosesRejectedRowsIsRefused() {
    assertThatThrownBy(() -> read("--config", SHIPPED, "--set", "sink.on-reject=dead-letter"))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("sink.on-reject")
        .hasMessageContaining("must be fail: a ledger without a row that was rejected");
  }

  @Test
  void everyMistakeIsToldAtOnce() {
    assertThatThrownBy(
            () ->
                read(
                    "--config",
                    SHIPPED,
                    "--set",
                    "sink.id=Not An Id",
                    "--set",
                    "sink.on-rewynd=fail",
                    "--set",
                    "postgres.port=0"))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("sink.id")
        .hasMessageContaining("on-rewind")
        .hasMessageContaining("postgres.port");
  }

  @Test
  void helpNamesEveryKey() {
    assertThat(JobMain.help(new LedgerMain()))
        .contains("sink.on-reject", "ledger.id-retention", "results.transaction-timeout");
  }

  private static LedgerConfig read(String... arguments) {
    return ConfigReader.read("test", Settings.load(Arguments.parse(arguments)), LedgerConfig::read);
  }
}
