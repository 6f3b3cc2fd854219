package io.onceflow.testbed.chaos.job;

import io.onceflow.common.commit.CrashPoints;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteOrder;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Counts how often this process reaches each crash point, and ends or stops it there when told to,
 * by files of one control directory that all processes of a cluster share:
 *
 * <pre>
 *   arm/POINT     {@code halt} or {@code stop}; the first process that reaches the point takes the file away and does it
 *   hits/PID      one counter per point, memory-mapped: it survives a halt
 * </pre>
 *
 * <p>The directory is in the environment variable {@value #VARIABLE}; without it nothing happens.
 */
public final class CrashHook {

  /** Names the control directory. */
  public static final String VARIABLE = "ONCEFLOW_CHAOS_DIR";

  /** The exit code of a halted process, that of SIGKILL. */
  public static final int EXIT_HALTED = 137;

  private static final AtomicBoolean INSTALLED = new AtomicBoolean();
  private static final int MAX_POINTS = 256;
  private static final int NAME_BYTES = 56;
  private static final int SLOT_BYTES = NAME_BYTES + Long.BYTES;

  /** What happens at an armed point. */
  public enum Action {
    /** The process ends at once, as by SIGKILL. */
    HALT,
    /** The process stops as by SIGSTOP; who armed it continues it. */
    STOP
  }

  private CrashHook() {}

  /**
   * Installs the hook for the protocols' points, once per JVM. Operators call it when they open.
   */
  public static void install() {
    install(CrashPoints.all().toArray(new String[0]));
  }

  /** Installs the hook for these points, once per JVM. */
  public static void install(String... points) {
    var directory = System.getenv(VARIABLE);
    if (directory != null && INSTALLED.compareAndSet(false, true)) {
      install(Path.of(directory), points);
    }
  }

  static void install(Path directory, String... points) {
    try {
      Files.createDirectories(directory.resolve("arm"));
      Files.createDirectories(directory.resolve("hits"));
      var hits = map(directory.resolve("hits").resolve("" + ProcessHandle.current().pid()));
      for (var slot = 0; slot < points.length; slot++) {
        var at = slot * SLOT_BYTES;
        var name = points[slot].getBytes(StandardCharsets.US_ASCII);
        hits.put(at, name, 0, Math.min(name.length, NAME_BYTES));
        var armed = directory.resolve("arm").resolve(points[slot]);
        CrashPoints.arm(points[slot], () -> reached(hits, at + NAME_BYTES, armed));
      }
    } catch (IOException e) {
      throw new UncheckedIOException(
          "The control directory %s of %s cannot be used.".formatted(directory, VARIABLE), e);
    }
  }

  private static MappedByteBuffer map(Path file) throws IOException {
    try (var channel =
        FileChannel.open(
            file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
      var buffer = channel.map(FileChannel.MapMode.READ_WRITE, 0, (long) MAX_POINTS * SLOT_BYTES);
      buffer.order(ByteOrder.LITTLE_ENDIAN);
      return buffer;
    }
  }

  private static void reached(MappedByteBuffer hits, int at, Path armed) {
    synchronized (hits) {
      hits.putLong(at, hits.getLong(at) + 1);
    }
    if (Files.exists(armed)) {
      take(armed);
    }
  }

  private static void take(Path armed) {
    try {
      var action = Files.readString(armed).strip();
      Files.delete(armed);
      if (Action.valueOf(action.toUpperCase(java.util.Locale.ROOT)) == Action.HALT) {
        Runtime.getRuntime().halt(EXIT_HALTED);
      }
      new ProcessBuilder("kill", "-STOP", "" + ProcessHandle.current().pid()).start().waitFor();
    } catch (NoSuchFileException e) {
      return; // another process was faster
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Arms a point for one process of the cluster, whichever reaches it first. */
  public static void arm(Path directory, String point, Action action) throws IOException {
    var arm = Files.createDirectories(directory.resolve("arm"));
    var next = Files.writeString(directory.resolve(point + ".next"), action.name());
    Files.move(next, arm.resolve(point), java.nio.file.StandardCopyOption.ATOMIC_MOVE);
  }

  /**
   * Takes the arming of a point back.
   *
   * @return false when a process had reached it
   */
  public static boolean disarm(Path directory, String point) throws IOException {
    return Files.deleteIfExists(directory.resolve("arm").resolve(point));
  }

  /** How often each point was reached, by all processes so far; 0 for those that never were. */
  public static Map<String, Long> hits(Path directory) throws IOException {
    var sums = new TreeMap<String, Long>();
    for (var file : filesOf(directory.resolve("hits"))) {
      var bytes = java.nio.ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
      for (var at = 0;
          at + SLOT_BYTES <= bytes.capacity() && bytes.get(at) != 0;
          at += SLOT_BYTES) {
        var name = new String(bytes.array(), at, NAME_BYTES, StandardCharsets.US_ASCII).trim();
        sums.merge(name, bytes.getLong(at + NAME_BYTES), Long::sum);
      }
    }
    return sums;
  }

  private static List<Path> filesOf(Path directory) throws IOException {
    if (!Files.isDirectory(directory)) {
      return List.of();
    }
    var files = new ArrayList<Path>();
    try (var stream = Files.newDirectoryStream(directory)) {
      stream.forEach(files::add);
    }
    return files;
  }
}
