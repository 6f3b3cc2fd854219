package io.onceflow.testbed.chaos.campaign;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Another clock for one process, by libfaketime (Debian's package of that name). Only the wall
 * clock is wrong: a JVM waits by the monotonic one, and a machine's does not jump.
 */
final class FakeTime {
  private static final List<Path> PLACES =
      List.of(
          Path.of("/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1"),
          Path.of("/usr/lib/faketime/libfaketimeMT.so.1"),
          Path.of("/usr/lib64/faketime/libfaketimeMT.so.1"));

  private FakeTime() {}

  /** The library, if it is installed. */
  static Optional<Path> library() {
    return PLACES.stream().filter(Files::isReadable).findFirst();
  }

  /** Whether a process runs with the library; that it was asked to does not say so. */
  static boolean isLoadedIn(long pid) {
    try {
      return Files.readString(Path.of("/proc", Long.toString(pid), "maps")).contains("libfaketime");
    } catch (IOException gone) {
      return false;
    }
  }

  /** The variables that make a clock go ahead by this much; none for the right time. */
  static Map<String, String> environment(Duration offset) {
    if (offset.isZero()) {
      return Map.of();
    }
    var library =
        library()
            .orElseThrow(
                () ->
                    new IllegalStateException(
                        "libfaketime is missing: apt-get install libfaketime"));
    return Map.of(
        "LD_PRELOAD",
        library.toString(),
        "FAKETIME",
        "%+ds".formatted(offset.toSeconds()),
        "FAKETIME_DONT_FAKE_MONOTONIC",
        "1",
        "FAKETIME_FORCE_MONOTONIC_FIX",
        "0");
  }
}
