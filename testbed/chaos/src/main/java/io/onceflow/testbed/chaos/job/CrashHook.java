package io.onceflow.testbed.chaos.job;

import io.onceflow.common.commit.CrashPoints;
import io.onceflow.testbed.chaos.disk.ControlDirectory;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteOrder;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Counts how often this process reaches each crash point, and ends or stops it there when the
 * {@link ControlDirectory} says so. The counters are in its {@code hits/PID}, one for each point,
 * memory-mapped: they survive a halt. Without a control directory nothing happens.
 */
public final class CrashHook {

  private static final AtomicBoolean INSTALLED = new AtomicBoolean();
  private static final int MAX_POINTS = 256;
  private static final int NAME_BYTES = 56;
  private static final int SLOT_BYTES = NAME_BYTES + Long.BYTES;

  private CrashHook() {}

  /**
   * Installs the hook for the protocols' points, once per JVM. Operators call it when they open.
   */
  public static void install() {
    install(CrashPoints.all().toArray(new String[0]));
  }

  /** Installs the hook for these points, once per JVM. */
  public static void install(String... points) {
    ControlDirectory.ofThisProcess()
        .filter(control -> INSTALLED.compareAndSet(false, true))
        .ifPresent(control -> install(control, points));
  }

  private static void install(ControlDirectory control, String... points) {
    var directory = control.root();
    try {
      Files.createDirectories(directory.resolve("hits"));
      var hits = map(directory.resolve("hits").resolve("" + ProcessHandle.current().pid()));
      for (var slot = 0; slot < points.length; slot++) {
        var at = slot * SLOT_BYTES;
        var name = points[slot].getBytes(StandardCharsets.US_ASCII);
        hits.put(at, name, 0, Math.min(name.length, NAME_BYTES));
        var point = points[slot];
        CrashPoints.arm(point, () -> reached(hits, at + NAME_BYTES, control, point));
      }
    } catch (IOException e) {
      throw new UncheckedIOException(
          "The control directory %s cannot be used.".formatted(directory), e);
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

  private static void reached(
      MappedByteBuffer hits, int at, ControlDirectory control, String point) {
    synchronized (hits) {
      hits.putLong(at, hits.getLong(at) + 1);
    }
    control.takeArmed(point).ifPresent(ControlDirectory::obey);
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
