package io.onceflow.testbed.cluster;

import io.onceflow.testbed.servers.ChildProcess;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.CoreOptions;
import org.apache.flink.runtime.clusterframework.TaskExecutorProcessUtils;
import org.apache.flink.runtime.jobmanager.JobManagerProcessUtils;
import org.apache.flink.runtime.util.config.memory.ProcessMemoryUtils;

/**
 * The command lines of the processes, as Flink's own scripts would make them: memory is computed by
 * the same classes, what differs between processes is given as {@code -D key=value}.
 */
final class MemberCommands {
  private static final String JOB_MANAGER =
      "org.apache.flink.runtime.entrypoint.StandaloneSessionClusterEntrypoint";
  private static final String TASK_MANAGER =
      "org.apache.flink.runtime.taskexecutor.TaskManagerRunner";
  private static final String ZOO_KEEPER =
      "org.apache.flink.shaded.zookeeper3.org.apache.zookeeper.server.quorum.QuorumPeerMain";
  private static final String ZOO_KEEPER_CONFIG =
      """
      tickTime=500
      dataDir=%s
      clientPort=%d
      clientPortAddress=%s
      maxClientCnxns=0
      admin.enableServer=false
      """;

  private final ClusterFiles files;
  private final Configuration configuration;
  private final String classPath;
  private final List<String> jvmOptions;
  private final Map<String, Map<String, String>> environments;

  /**
   * @param environments by name of the member; {@code ""} is for all
   */
  MemberCommands(
      ClusterFiles files,
      Configuration configuration,
      List<Path> classPath,
      List<String> jvmOptions,
      Map<String, Map<String, String>> environments) {
    this.files = files;
    this.configuration = configuration;
    this.classPath =
        classPath.stream()
            .map(path -> path.toAbsolutePath().toString())
            .collect(Collectors.joining(File.pathSeparator));
    this.jvmOptions = jvmOptions;
    this.environments = environments;
  }

  ChildProcess.Spec jobManager(String name, MemberPorts ports) {
    Map<String, String> own = new LinkedHashMap<>();
    own.put("jobmanager.resource-id", name);
    own.put("jobmanager.rpc.port", Integer.toString(ports.rpc()));
    own.put("high-availability.jobmanager.port", Integer.toString(ports.rpc()));
    own.put("rest.port", Integer.toString(ports.data()));
    own.put("rest.bind-port", Integer.toString(ports.data()));
    own.put("blob.server.port", Integer.toString(ports.blob()));
    own.put("io.tmp.dirs", files.temporary(name).toString());
    var memory = JobManagerProcessUtils.processSpecFromConfig(configuration);
    return flink(
        JOB_MANAGER,
        name,
        JobManagerProcessUtils.generateJvmParametersStr(memory, configuration),
        dynamic(own, JobManagerProcessUtils.generateDynamicConfigsStr(memory)));
  }

  ChildProcess.Spec taskManager(String name, MemberPorts ports) {
    Map<String, String> own = new LinkedHashMap<>();
    // The same id after a restart: the JobManager then knows at once that the old one is gone.
    own.put("taskmanager.resource-id", name);
    own.put("taskmanager.rpc.port", Integer.toString(ports.rpc()));
    own.put("taskmanager.data.port", Integer.toString(ports.data()));
    own.put("io.tmp.dirs", files.temporary(name).toString());
    var memory = TaskExecutorProcessUtils.processSpecFromConfig(configuration);
    return flink(
        TASK_MANAGER,
        name,
        ProcessMemoryUtils.generateJvmParametersStr(memory),
        dynamic(own, TaskExecutorProcessUtils.generateDynamicConfigsStr(memory)));
  }

  ChildProcess.Spec zooKeeper(String name, int port) {
    Path config = files.zooKeeper().resolve("zoo.cfg");
    try {
      Files.writeString(
          config,
          ZOO_KEEPER_CONFIG.formatted(files.zooKeeper().resolve("data"), port, ClusterConfig.HOST));
    } catch (IOException e) {
      throw new UncheckedIOException("%s cannot be written.".formatted(config), e);
    }
    // A killed process keeps what it wrote in the page cache, so no fsync is waited for.
    List<String> options =
        new ArrayList<>(List.of("-Xmx96m", "-XX:+UseSerialGC", "-Dzookeeper.forceSync=no"));
    options.addAll(List.of("-XX:TieredStopAtLevel=1", "-Dzookeeper.4lw.commands.whitelist=ruok"));
    return java(name, options, List.of(ZOO_KEEPER, config.toString()));
  }

  private static List<String> dynamic(Map<String, String> keys, String more) {
    List<String> words = new ArrayList<>();
    keys.forEach((key, value) -> words.addAll(List.of("-D", key + "=" + value)));
    words.addAll(words(more));
    return words;
  }

  private ChildProcess.Spec flink(String main, String name, String memory, List<String> dynamic) {
    List<String> options = new ArrayList<>(words(memory));
    options.addAll(FlinkLib.addOpens());
    options.addAll(words(configuration.get(CoreOptions.FLINK_JVM_OPTIONS)));
    options.addAll(jvmOptions);
    List<String> arguments = new ArrayList<>(List.of(main, "--configDir", files.conf().toString()));
    arguments.addAll(dynamic);
    return java(name, options, arguments);
  }

  private static List<String> words(String line) {
    return line == null
        ? List.of()
        : Stream.of(line.trim().split("\\s+")).filter(word -> !word.isEmpty()).toList();
  }

  private ChildProcess.Spec java(String name, List<String> options, List<String> arguments) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(options);
    command.add("-XX:+ExitOnOutOfMemoryError");
    command.add("-Djava.io.tmpdir=" + files.temporary(name));
    command.add("-Dlog.file=" + files.log(name));
    command.add("-Dlog4j2.configurationFile=" + files.log4j().toUri());
    command.addAll(arguments);
    Map<String, String> environment = new HashMap<>(environments.getOrDefault("", Map.of()));
    environment.putAll(environments.getOrDefault(name, Map.of()));
    // As a variable, not -cp: `ps` stays readable.
    environment.put("CLASSPATH", classPath);
    environment.put("FLINK_CONF_DIR", files.conf().toString());
    return new ChildProcess.Spec(
        command,
        environment,
        Set.of("JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS", "_JAVA_OPTIONS"),
        files.out(name),
        "KILL");
  }
}
