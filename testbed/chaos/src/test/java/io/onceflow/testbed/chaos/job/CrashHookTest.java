package io.onceflow.testbed.chaos.job;

import static org.assertj.core.api.Assertions.assertThat;

import io.onceflow.common.commit.CrashPoints;
import io.onceflow.testbed.chaos.disk.ControlDirectory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The hook in processes of their own, which it ends. */
class CrashHookTest {

  @TempDir Path directory;

  /** Reaches one point again and again, a thousand times or until it is ended. */
  public static final class Worker {
    private Worker() {}

    /** Runs. */
    public static void main(String[] args) {
      CrashHook.install();
      for (var i = 0; i < 1_000; i++) {
        CrashPoints.reach(CrashPoints.APPLY_MIDDLE);
      }
      CrashPoints.reach(CrashPoints.COMMIT_MIDDLE);
    }
  }

  @Test
  void hitsAreCountedOverProcessesAndSurviveAHalt() throws Exception {
    assertThat(await(start())).isZero();
    control().arm(CrashPoints.COMMIT_MIDDLE, ControlDirectory.HALT);
    assertThat(await(start())).isEqualTo(ControlDirectory.KILLED);
    assertThat(CrashHook.hits(directory))
        .containsEntry(CrashPoints.APPLY_MIDDLE, 2_000L)
        .containsEntry(CrashPoints.COMMIT_MIDDLE, 2L)
        .containsEntry(CrashPoints.SEAL_BEFORE, 0L)
        .containsOnlyKeys(CrashPoints.all());
  }

  private ControlDirectory control() {
    return new ControlDirectory(directory);
  }

  @Test
  void whoTookThePointIsKnownAndAPointIsArmedOnce() throws Exception {
    var token = control().arm(CrashPoints.COMMIT_MIDDLE, ControlDirectory.HALT).orElseThrow();
    assertThat(control().arm(CrashPoints.COMMIT_MIDDLE, ControlDirectory.STOP)).isEmpty();
    assertThat(control().taker(token)).isEmpty();
    var process = start();
    assertThat(await(process)).isEqualTo(ControlDirectory.KILLED);
    assertThat(control().taker(token)).hasValue(process.pid());
    var later = control().arm(CrashPoints.COMMIT_MIDDLE, ControlDirectory.HALT).orElseThrow();
    assertThat(control().taker(later)).isEmpty();
  }

  @Test
  void oneProcessTakesThePoint() throws Exception {
    control().arm(CrashPoints.COMMIT_MIDDLE, ControlDirectory.HALT);
    var first = start();
    var second = start();
    assertThat(await(first) + await(second)).isEqualTo(ControlDirectory.KILLED);
    assertThat(control().disarm(CrashPoints.COMMIT_MIDDLE)).isFalse();
  }

  @Test
  void aStoppedProcessGoesOn() throws Exception {
    control().arm(CrashPoints.APPLY_MIDDLE, ControlDirectory.STOP);
    var process = start();
    Awaitility.await().until(() -> isStopped(process));
    new ProcessBuilder("kill", "-CONT", "" + process.pid()).start().waitFor();
    assertThat(await(process)).isZero();
  }

  private static boolean isStopped(Process process) throws IOException {
    var stat = Files.readString(Path.of("/proc/" + process.pid() + "/stat"));
    return stat.substring(stat.lastIndexOf(')')).startsWith(") T");
  }

  private Process start() throws IOException {
    var builder =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                Worker.class.getName())
            .redirectErrorStream(true)
            .redirectOutput(directory.resolve("log").toFile());
    builder.environment().put("CLASSPATH", System.getProperty("java.class.path"));
    builder.environment().put(ControlDirectory.VARIABLE, directory.toString());
    return builder.start();
  }

  private static int await(Process process) throws InterruptedException {
    if (!process.waitFor(30, TimeUnit.SECONDS)) {
      process.destroyForcibly();
      throw new AssertionError("The worker hangs.");
    }
    return process.exitValue();
  }
}
