package io.onceflow.testbed.cluster;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * A job to submit: {@code Submission.of(MyJob.class).arguments("--x", "1").parallelism(2)}.
 *
 * @param mainClass null for the one that the jar names
 * @param jar null when the main class is on the class path of the cluster and of this JVM
 * @param arguments for main
 * @param parallelism 0 for the configuration's
 * @param restorePath savepoint or checkpoint, null for none
 * @param claim whether the snapshot then belongs to the job, which deletes it when it is subsumed
 * @param settings of Flink, for this job alone
 */
public record Submission(
    String mainClass,
    Path jar,
    List<String> arguments,
    int parallelism,
    String restorePath,
    boolean claim,
    Map<String, String> settings) {

  public Submission {
    arguments = List.copyOf(arguments);
    settings = Map.copyOf(settings);
  }

  /** A main class that the cluster has on its class path. */
  public static Submission of(Class<?> main) {
    return new Submission(main.getName(), null, List.of(), 0, null, false, Map.of());
  }

  /** The main class that a job's jar names. */
  public static Submission ofJar(Path jar) {
    return new Submission(null, jar, List.of(), 0, null, false, Map.of());
  }

  public Submission arguments(String... more) {
    return arguments(List.of(more));
  }

  public Submission arguments(List<String> all) {
    return new Submission(mainClass, jar, all, parallelism, restorePath, claim, settings);
  }

  public Submission parallelism(int slots) {
    return new Submission(mainClass, jar, arguments, slots, restorePath, claim, settings);
  }

  /** Starts from a savepoint or checkpoint, which stays the user's (NO_CLAIM). */
  public Submission restore(String path) {
    return new Submission(mainClass, jar, arguments, parallelism, path, false, settings);
  }

  /** Starts from a savepoint or checkpoint, which becomes the job's (CLAIM). */
  public Submission restoreAndClaim(String path) {
    return new Submission(mainClass, jar, arguments, parallelism, path, true, settings);
  }

  /** A setting of Flink for this job alone. */
  public Submission set(String key, String value) {
    Map<String, String> more = new TreeMap<>(settings);
    more.put(key, value);
    return new Submission(mainClass, jar, arguments, parallelism, restorePath, claim, more);
  }
}
