package io.onceflow.tool;

import io.onceflow.common.commit.ErrorClass;
import io.onceflow.common.commit.StoreException;
import io.onceflow.common.config.Arguments;
import io.onceflow.common.config.ConfigReader;
import io.onceflow.common.config.KafkaConfig;
import io.onceflow.common.config.OneLine;
import io.onceflow.common.config.Settings;
import io.onceflow.common.kafka.KafkaClientProperties;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.concurrent.Callable;
import org.apache.kafka.common.KafkaException;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** What all commands about dead letters of selective retry share: a topic and a place to print. */
abstract class DeadMessageCommand implements Callable<Integer> {

  private static final int MAX_REASON_CHARS = 1_000;

  @Spec private CommandSpec spec;

  @Option(
      names = "--config",
      required = true,
      paramLabel = "FILE",
      description = "The job's YAML file; its group kafka is read.")
  private Path config;

  @Option(
      names = "--set",
      paramLabel = "KEY=VALUE",
      description = "Overrides one key of the file; repeatable. Passwords are refused here.")
  private Map<String, String> sets = Map.of();

  @Option(
      names = "--topic",
      required = true,
      paramLabel = "NAME",
      description = "The dead letter topic. Its audit topic is NAME-audit.")
  private String topic;

  @Option(names = "--json", description = "Print one JSON document instead of tables.")
  private boolean json;

  @Override
  public final Integer call() throws StoreException {
    var connection = connection();
    try (var letters = new DeadMessageTopic(connection, topic)) {
      return run(letters, new Printer(spec.commandLine().getOut(), json)).number();
    } catch (KafkaException e) {
      throw new StoreException(
          ErrorClass.TRANSIENT,
          "Kafka at %s: %s".formatted(connection.getProperty("bootstrap.servers"), reason(e)),
          e);
    }
  }

  /** Properties for the clients; a password is only referred to. */
  final Properties connection() {
    return KafkaClientProperties.of(
        ConfigReader.read(
            "group kafka of " + config.getFileName(),
            Settings.load(new Arguments(Optional.of(config), sets, false)).only("kafka"),
            reader -> KafkaConfig.read(reader.group("kafka"))));
  }

  /** The innermost message that says something. */
  static String reason(Throwable error) {
    var text = error.toString();
    var depth = 0;
    for (var cause = error; cause != null && depth < 10; cause = cause.getCause(), depth++) {
      text = cause.getMessage() == null ? text : cause.getMessage();
    }
    return OneLine.of(text, MAX_REASON_CHARS);
  }

  /** Does what the command is for. */
  abstract ExitCode run(DeadMessageTopic letters, Printer printer) throws StoreException;
}
