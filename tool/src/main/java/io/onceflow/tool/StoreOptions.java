package io.onceflow.tool;

import io.onceflow.common.commit.CommitProtocol;
import io.onceflow.common.commit.ResolverRegister;
import io.onceflow.common.commit.SinkId;
import io.onceflow.common.commit.StoreException;
import io.onceflow.common.commit.inspect.SinkInfo;
import io.onceflow.common.commit.inspect.StoreInspector;
import io.onceflow.common.config.Arguments;
import io.onceflow.common.config.ConfigReader;
import io.onceflow.common.config.KafkaConfig;
import io.onceflow.common.config.MariaDbConfig;
import io.onceflow.common.config.PostgresConfig;
import io.onceflow.common.config.Settings;
import io.onceflow.common.sink.kafka.KafkaInspector;
import io.onceflow.common.sink.kafka.KafkaSinkConfig;
import io.onceflow.common.sink.mariadb.MariaDbInspector;
import io.onceflow.common.sink.postgres.PostgresDecisionRegisters;
import io.onceflow.common.sink.postgres.PostgresInspector;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiFunction;
import java.util.stream.Collectors;
import picocli.CommandLine.Option;

/** Which store and which sink a command is about: the job's own configuration says it. */
final class StoreOptions {

  private static final String MARIADB_DRIVER = "org.mariadb.jdbc.Driver";

  @Option(
      names = "--config",
      required = true,
      paramLabel = "FILE",
      description = "The job's YAML file; its groups postgres, mariadb and kafka are read.")
  private Path config;

  @Option(
      names = "--set",
      paramLabel = "KEY=VALUE",
      description = "Overrides one key of the file; repeatable. Passwords are refused here.")
  private Map<String, String> sets = Map.of();

  @Option(
      names = "--store",
      paramLabel = "NAME",
      description =
          "Which of the file's stores: ${COMPLETION-CANDIDATES}. Default: the first it has.")
  private StoreKind store;

  @Option(
      names = "--sink",
      paramLabel = "ID",
      description = "Only this sink. Default: sink.id of the file, else all.")
  private String sink;

  @Option(names = "--all-sinks", description = "All sinks, also when the file names one.")
  private boolean allSinks;

  @Option(
      names = "--marker-topic",
      paramLabel = "NAME",
      defaultValue = KafkaSinkConfig.DEFAULT_MARKER_TOPIC,
      description = "Kafka's topic of commit markers. Default: ${DEFAULT-VALUE}.")
  private String markerTopic;

  @Option(names = "--json", description = "Print one JSON document instead of tables.")
  private boolean json;

  /** The stores that the tool knows, by the group of the configuration. */
  enum StoreKind {
    POSTGRES((reader, options) -> PostgresInspector.at(PostgresConfig.read(reader))),
    MARIADB((reader, options) -> mariaDb(MariaDbConfig.read(reader))),
    KAFKA((reader, options) -> KafkaInspector.at(KafkaConfig.read(reader), options.markerTopic));

    private final BiFunction<ConfigReader, StoreOptions, StoreInspector> opening;

    StoreKind(BiFunction<ConfigReader, StoreOptions, StoreInspector> opening) {
      this.opening = opening;
    }

    String group() {
      return name().toLowerCase(Locale.ROOT);
    }

    @Override
    public String toString() {
      return group();
    }
  }

  boolean json() {
    return json;
  }

  /** Its driver is in no jar of ours. */
  private static StoreInspector mariaDb(MariaDbConfig config) {
    try {
      Class.forName(MARIADB_DRIVER, false, StoreOptions.class.getClassLoader());
    } catch (ClassNotFoundException e) {
      throw new UsageException(
          "MariaDB's driver is missing: put mariadb-java-client.jar beside onceflow-tool-all.jar, under that name.");
    }
    return MariaDbInspector.at(config);
  }

  /** Reads the configuration; connects when the inspector is first used. */
  StoreInspector open() {
    var settings = settings();
    var kind = store == null ? firstIn(settings) : store;
    return ConfigReader.read(
        "group %s of %s".formatted(kind.group(), config.getFileName()),
        settings.only(kind.group()),
        reader -> kind.opening.apply(reader.group(kind.group()), this));
  }

  private Settings settings() {
    return Settings.load(new Arguments(Optional.of(config), sets, false));
  }

  private StoreKind firstIn(Settings settings) {
    return Arrays.stream(StoreKind.values())
        .filter(kind -> !settings.only(kind.group()).isEmpty())
        .findFirst()
        .orElseThrow(
            () ->
                new UsageException(
                    "%s has none of the groups %s; name the job's configuration."
                        .formatted(
                            config.getFileName(),
                            Arrays.stream(StoreKind.values())
                                .map(StoreKind::group)
                                .collect(Collectors.joining(", ")))));
  }

  /** The sink that is asked for, if one is. */
  Optional<SinkId> sink() {
    if (allSinks) {
      return Optional.empty();
    }
    var id =
        sink != null
            ? Optional.of(sink)
            : ConfigReader.read(
                "sink.id of " + config.getFileName(),
                settings().only("sink.id"),
                reader -> reader.group("sink").string("id", "The sink's id.").optional());
    return id.map(StoreOptions::checked);
  }

  private static SinkId checked(String id) {
    try {
      return new SinkId(id);
    } catch (IllegalArgumentException e) {
      throw new UsageException(e.getMessage());
    }
  }

  /** The decision register that the configuration names, or null with protocol two-phase. */
  ResolverRegister register() {
    var config = pipelineConfig();
    return config.register == null
        ? null
        : PostgresDecisionRegisters.at(config.register).connectResolver();
  }

  /** The name under which all sinks of the job are in the decision register. */
  String pipeline() {
    return pipelineConfig().pipeline;
  }

  /** The keys of a sink's configuration that concern the decision register. */
  private record PipelineConfig(String pipeline, PostgresConfig register) {}

  private PipelineConfig pipelineConfig() {
    return ConfigReader.read(
        "group sink of " + config.getFileName(),
        settings().only("sink.id", "sink.protocol", "sink.pipeline", "sink.register"),
        reader -> {
          var group = reader.group("sink");
          var id = group.string("id", "The sink's id.").optional().orElse("");
          var protocol =
              group
                  .oneOf("protocol", CommitProtocol.class, "Who decides.")
                  .orElse(CommitProtocol.TWO_PHASE);
          return new PipelineConfig(
              group.string("pipeline", "The pipeline.").optional().orElse(id),
              protocol == CommitProtocol.THREE_PHASE
                  ? PostgresConfig.read(group.group("register"))
                  : null);
        });
  }

  /** The sink, which must be named and known to the store. */
  SinkInfo requiredSink(StoreInspector inspector) throws StoreException {
    var id =
        sink()
            .orElseThrow(
                () -> new UsageException("Name the sink with --sink ID, or sink.id in the file."));
    var all = inspector.sinks();
    return all.stream()
        .filter(known -> known.sinkId().equals(id.value()))
        .findFirst()
        .orElseThrow(() -> unknown(inspector, id, all));
  }

  /** The sinks that are asked for. */
  List<SinkInfo> sinks(StoreInspector inspector) throws StoreException {
    return sink().isPresent() ? List.of(requiredSink(inspector)) : inspector.sinks();
  }

  private static UsageException unknown(StoreInspector inspector, SinkId id, List<SinkInfo> all) {
    return new UsageException(
        "%s has never heard of sink '%s'; it knows %s."
            .formatted(
                inspector.description(),
                id,
                all.isEmpty()
                    ? "no sink at all"
                    : all.stream().map(SinkInfo::sinkId).collect(Collectors.joining(", "))));
  }
}
