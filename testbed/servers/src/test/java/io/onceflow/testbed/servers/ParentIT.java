package io.onceflow.testbed.servers;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Servers and the JVM that started them, in a JVM of its own. */
class ParentIT {
  private static final Duration BOUND = Duration.ofSeconds(10);

  private Path directory;
  private Path temporary = Path.of(System.getProperty("java.io.tmpdir"));
  private Process parent;

  @BeforeEach
  void makeDirectory() throws IOException {
    // Not @TempDir: that is closed to every other user.
    directory = Files.createTempDirectory("onceflow-parent-");
    Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxr-xr-x"));
  }

  @AfterEach
  void end() throws IOException {
    if (parent != null) {
      parent.destroyForcibly();
    }
    Directories.delete(directory);
  }

  @Test
  void bothServersEndWhenTheirParentIsKilled() throws Exception {
    List<Long> pids = start(List.of(), System.getProperty("java.class.path"));
    assertThat(pids).hasSizeGreaterThan(4).allMatch(ProcessTree::isRunning);
    parent.destroyForcibly();
    assertThat(parent.waitFor()).isEqualTo(128 + 9);
    awaitGone(pids);
  }

  @Test
  void bothServersEndWhenTheirParentIsKilledWhileTheyArePaused() throws Exception {
    List<Long> pids = start(List.of(), System.getProperty("java.class.path"));
    ProcessTree.signal("STOP", pids);
    parent.destroyForcibly();
    awaitGone(pids);
  }

  @Test
  void anOrdinaryUserStartsAndClosesBoth() throws Exception {
    ServerAccount ordinary = ServerAccount.unprivileged();
    // Root's own repository may be closed to others, so the jars move.
    String classPath =
        ordinary.switched() ? copyOfClassPath() : System.getProperty("java.class.path");
    // So that unpacking is done by that user, too.
    temporary = directory;
    ordinary.own(directory);
    List<Long> pids = start(ordinary.command(List.of()), classPath);
    long me = uid(ProcessHandle.current().pid());
    assertThat(pids).allMatch(pid -> uid(pid) == (ordinary.switched() ? 65_534 : me));
    parent.getOutputStream().close();
    assertThat(parent.waitFor(60, TimeUnit.SECONDS)).isTrue();
    assertThat(parent.exitValue()).isZero();
    assertThat(pids).noneMatch(ProcessTree::isRunning);
  }

  private List<Long> start(List<String> prefix, String classPath) throws IOException {
    List<String> command = new ArrayList<>(prefix);
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(
        List.of("-Xmx256m", "-Djava.io.tmpdir=" + temporary, BothServers.class.getName()));
    command.add(directory.toString());
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .directory(directory.toFile())
            .redirectError(ProcessBuilder.Redirect.INHERIT);
    builder.environment().put("CLASSPATH", classPath);
    parent = builder.start();
    String[] words = runningLine().split(" ");
    return Arrays.stream(words).skip(1).map(Long::valueOf).toList();
  }

  private String runningLine() throws IOException {
    BufferedReader out =
        new BufferedReader(new InputStreamReader(parent.getInputStream(), StandardCharsets.UTF_8));
    List<String> before = new ArrayList<>();
    for (String line = out.readLine(); line != null; line = out.readLine()) {
      if (line.startsWith("running ")) {
        return line;
      }
      before.add(line);
    }
    throw new AssertionError("The parent ended before its servers ran: " + before);
  }

  private String copyOfClassPath() throws IOException {
    Path jars = Directories.open(directory.resolve("jars"));
    List<String> copies = new ArrayList<>();
    for (String entry : System.getProperty("java.class.path").split(File.pathSeparator)) {
      Path source = Path.of(entry);
      Path target = jars.resolve(copies.size() + "-" + source.getFileName());
      try (Stream<Path> all = Files.exists(source) ? Files.walk(source) : Stream.empty()) {
        for (Path file : (Iterable<Path>) all::iterator) {
          Files.copy(file, target.resolve(source.relativize(file).toString()).normalize());
        }
      }
      copies.add(target.toString());
    }
    return String.join(File.pathSeparator, copies);
  }

  private static long uid(long pid) {
    try {
      return (int) Files.getAttribute(Path.of("/proc", Long.toString(pid)), "unix:uid");
    } catch (IOException e) {
      throw new AssertionError("Process " + pid + " is gone.", e);
    }
  }

  private static void awaitGone(List<Long> pids) {
    Awaitility.await()
        .atMost(BOUND)
        .untilAsserted(() -> assertThat(pids).noneMatch(ProcessTree::isRunning));
  }
}
