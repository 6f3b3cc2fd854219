package io.onceflow.testbed.cluster.cli;

import io.onceflow.testbed.cluster.ClusterException;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The line {@code flink run ..}, with what it needs of the environment: what is printed is what is
 * run, and can be typed again.
 *
 * @param environment added to this process's
 * @param command the program and its arguments
 */
record FlinkRun(Map<String, String> environment, List<String> command) {

  private static final Pattern SUBMITTED = Pattern.compile("with JobID ([0-9a-f]{32})");

  /** What a submission adds. */
  record Choice(String job, int parallelism, String from, boolean claim, List<String> arguments) {}

  static FlinkRun of(Repository repository, ClusterState state, Choice choice, String flinkHome) {
    Map<String, String> environment = new TreeMap<>(state.clientEnvironment());
    environment.put("FLINK_CONF_DIR", Repository.shown(Path.of(state.conf())));
    List<String> command = new ArrayList<>();
    command.add(program(repository, flinkHome));
    command.addAll(List.of("run", "-d"));
    if (choice.parallelism() > 0) {
      command.addAll(List.of("-p", Integer.toString(choice.parallelism())));
    }
    if (choice.from() != null) {
      command.addAll(List.of("-s", choice.from()));
      command.addAll(List.of("--claimMode", choice.claim() ? "CLAIM" : "NO_CLAIM"));
    }
    command.add(Repository.shown(repository.jar(choice.job())));
    command.addAll(List.of("--config", Repository.shown(repository.yaml(choice.job()))));
    command.addAll(choice.arguments());
    return new FlinkRun(environment, command);
  }

  /** Returns the distribution's own program, or the one that runs Maven's jars. */
  static String program(Repository repository, String flinkHome) {
    if (flinkHome == null || flinkHome.isBlank()) {
      return Repository.shown(repository.root().resolve("scripts").resolve("flink"));
    }
    Path flink = Path.of(flinkHome, "bin", "flink");
    if (!Files.isExecutable(flink)) {
      throw new UsageException(
          "FLINK_HOME is %s, and %s is no program. Correct FLINK_HOME, or unset it to use Maven's jars."
              .formatted(flinkHome, flink));
    }
    return flink.toString();
  }

  /** Returns the line for a shell. */
  String line() {
    StringBuilder line = new StringBuilder();
    environment.forEach(
        (name, value) -> line.append(name).append('=').append(quoted(value)).append(' '));
    command.forEach(word -> line.append(quoted(word)).append(' '));
    return line.toString().strip();
  }

  private static String quoted(String word) {
    return word.matches("[A-Za-z0-9_./:=,@+-]+") ? word : "'" + word.replace("'", "'\\''") + "'";
  }

  /** Prints the line and runs it; its output is this process's. Returns the job's id. */
  String run() {
    System.out.println(line());
    System.out.flush();
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder.environment().putAll(environment);
    try {
      Process flink = builder.start();
      flink.getOutputStream().close();
      String id = null;
      try (BufferedReader lines = flink.inputReader(StandardCharsets.UTF_8)) {
        for (String told = lines.readLine(); told != null; told = lines.readLine()) {
          System.out.println(told);
          Matcher submitted = SUBMITTED.matcher(told);
          id = submitted.find() ? submitted.group(1) : id;
        }
      }
      int code = flink.waitFor();
      if (code != 0 || id == null) {
        throw new ClusterException(
            "flink run submitted nothing (exit code %d); the reason is above, and in the cluster's logs: make cluster-logs"
                .formatted(code));
      }
      return id;
    } catch (IOException e) {
      throw new ClusterException("%s cannot be started: %s".formatted(command.get(0), e), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new ClusterException("Interrupted while flink run was running.", e);
    }
  }
}
