package io.onceflow.testbed.chaos.disk;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;

/**
 * The files by which a campaign tells the processes of the cluster what to do, and by which they
 * tell what they did. It works while connections are cut and JVMs are halted, which nothing that
 * needs an answer would.
 *
 * <ul>
 *   <li>{@code arm/<point>}: the next process that reaches the point and wins deleting the file
 *       halts or stops, as its text says.
 *   <li>{@code taken/<token>}: the pid of the process that did, by the token that arming returned.
 *   <li>{@code touched/<name>}: some access has met the trouble of that name.
 *   <li>{@code coordinator/<pid>}: lines {@code <point> <count>}, how often a JobManager has been
 *       at the {@link CoordinatorPoints}. The job's own points are counted in {@code hits}.
 *   <li>{@code disk/<name>}: a {@link DiskTrouble} for as long as the file exists.
 * </ul>
 *
 * <p>Thread-safe and safe between processes: files appear whole, by rename.
 */
public final class ControlDirectory {

  /** The variable that names the directory to a process of the cluster. */
  public static final String VARIABLE = "ONCEFLOW_CHAOS_DIR";

  /** The text of {@code arm/<point>} for a SIGSTOP. */
  public static final String STOP = "stop";

  /** The text of {@code arm/<point>} for {@code Runtime.halt}. */
  public static final String HALT = "halt";

  /** Exit code of a process killed by SIGKILL, as a shell shows it. */
  public static final int KILLED = 137;

  private final Path root;

  /** Makes what is missing under the directory. */
  public ControlDirectory(Path root) {
    this.root = root;
    try {
      for (var child : List.of("arm", "taken", "coordinator", "disk", "touched")) {
        Files.createDirectories(root.resolve(child));
      }
    } catch (IOException e) {
      throw new UncheckedIOException("%s cannot be written.".formatted(root), e);
    }
  }

  /** The directory this process was given, if any. */
  public static Optional<ControlDirectory> ofThisProcess() {
    return Optional.ofNullable(System.getenv(VARIABLE)).map(Path::of).map(ControlDirectory::new);
  }

  /** Where the files are. */
  public Path root() {
    return root;
  }

  /**
   * Makes the next process that reaches the point halt or stop.
   *
   * @return a token to ask {@link #taker} by; nothing when the point is armed already
   */
  public Optional<String> arm(String point, String action) {
    var token = "%s-%d".formatted(point, System.nanoTime());
    var next = root.resolve("arm").resolve("." + token);
    try {
      Files.writeString(next, action + " " + token);
      Files.createLink(root.resolve("arm").resolve(point), next);
      return Optional.of(token);
    } catch (FileAlreadyExistsException armedAlready) {
      return Optional.empty();
    } catch (IOException e) {
      throw new UncheckedIOException("%s cannot be armed.".formatted(point), e);
    } finally {
      delete(next);
    }
  }

  /** The pid of the process that has taken what was armed; nothing when nobody has come by yet. */
  public OptionalLong taker(String token) {
    return read(root.resolve("taken").resolve(token))
        .map(pid -> OptionalLong.of(Long.parseLong(pid.strip())))
        .orElse(OptionalLong.empty());
  }

  /** True when the point was armed and nobody had come by: it is disarmed. */
  public boolean disarm(String point) {
    return delete(root.resolve("arm").resolve(point));
  }

  /**
   * For the process at the point: the action, if this process is the one to take it. That it has
   * taken it is written down first.
   */
  public Optional<String> takeArmed(String point) {
    var file = root.resolve("arm").resolve(point);
    if (!Files.exists(file)) {
      // By far the most frequent; an exception for each passing row would cost too much.
      return Optional.empty();
    }
    try {
      var words = Files.readString(file).strip().split(" ");
      if (!Files.deleteIfExists(file)) {
        return Optional.empty();
      }
      write(root.resolve("taken").resolve(words[1]), "" + ProcessHandle.current().pid());
      return Optional.of(words[0]);
    } catch (NoSuchFileException notArmed) {
      return Optional.empty();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Halts this process as SIGKILL does, or stops it, as an armed point says. */
  public static void obey(String action) {
    if (!STOP.equals(action)) {
      Runtime.getRuntime().halt(KILLED);
    }
    long pid = ProcessHandle.current().pid();
    try {
      new ProcessBuilder("/bin/sh", "-c", "kill -s STOP " + pid).start().waitFor();
    } catch (IOException e) {
      Runtime.getRuntime().halt(KILLED);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    // The signal may reach the threads a moment after kill has returned.
    LockSupport.parkNanos(1_000_000);
  }

  /** For a process whose access has met a trouble. */
  void touch(String name) {
    write(root.resolve("touched").resolve(name), "");
  }

  /** Whether an access of any process has met the trouble of this name. */
  public boolean isTouched(String name) {
    return Files.exists(root.resolve("touched").resolve(name));
  }

  /** Begins a trouble of the disk, or changes the one of this name. */
  public void begin(String name, DiskTrouble trouble) {
    write(root.resolve("disk").resolve(name), trouble.text());
  }

  /** Ends a trouble of the disk. */
  public void end(String name) {
    delete(root.resolve("disk").resolve(name));
  }

  /** Ends all troubles and disarms all points. */
  public void clear() {
    for (var child : List.of("arm", "disk")) {
      for (var file : filesOf(child)) {
        delete(file);
      }
    }
  }

  /** The troubles that hold now, by their names. */
  public Map<String, DiskTrouble> troubles() {
    var troubles = new TreeMap<String, DiskTrouble>();
    for (var file : filesOf("disk")) {
      read(file)
          .map(DiskTrouble::parse)
          .ifPresent(trouble -> troubles.put(file.getFileName().toString(), trouble));
    }
    return troubles;
  }

  /** Says how often this process has been at its points. */
  public void writeHits(long pid, Map<String, Long> hits) {
    var text = new StringBuilder();
    new TreeMap<>(hits).forEach((point, count) -> text.append("%s %d%n".formatted(point, count)));
    write(root.resolve("coordinator").resolve(Long.toString(pid)), text.toString());
  }

  /** How often the coordinator's points were reached, in all processes so far. */
  public Map<String, Long> hits() {
    var sum = new TreeMap<String, Long>();
    for (var file : filesOf("coordinator")) {
      read(file).orElse("").lines().forEach(line -> addHit(line, sum));
    }
    return sum;
  }

  private static void addHit(String line, Map<String, Long> sum) {
    var words = line.strip().split("\\s+");
    if (words.length == 2) {
      sum.merge(words[0], Long.parseLong(words[1]), Long::sum);
    }
  }

  private List<Path> filesOf(String child) {
    try (Stream<Path> files = Files.list(root.resolve(child))) {
      return files.filter(file -> !file.getFileName().toString().startsWith(".")).toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Optional<String> read(Path file) {
    try {
      return Optional.of(Files.readString(file));
    } catch (NoSuchFileException gone) {
      return Optional.empty();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static boolean delete(Path file) {
    try {
      return Files.deleteIfExists(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void write(Path file, String text) {
    var next =
        file.resolveSibling(
            ".%s-%d-%d"
                .formatted(
                    file.getFileName(),
                    ProcessHandle.current().pid(),
                    Thread.currentThread().getId()));
    try {
      Files.writeString(
          next, text, StandardOpenOption.CREATE, StandardOpenOption.TRUNCATE_EXISTING);
      Files.move(next, file, StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException e) {
      throw new UncheckedIOException("%s cannot be written.".formatted(file), e);
    }
  }
}
