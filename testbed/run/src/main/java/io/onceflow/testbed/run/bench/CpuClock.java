package io.onceflow.testbed.run.bench;

import com.sun.management.OperatingSystemMXBean;
import io.onceflow.testbed.servers.PostgresServer;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Processor time used by this JVM and by the server, ended backends included. Unlike the clock on
 * the wall it hardly changes when other programs want the same cores.
 *
 * @param jvmMs milliseconds of this JVM
 * @param serverMs milliseconds of the server's processes
 */
record CpuClock(long jvmMs, long serverMs) {

  /** Linux counts in {@code /proc} in hundredths of a second, whatever the kernel's own tick is. */
  private static final long TICK_MS = 10;

  private static final long NANOS_PER_MS = 1_000_000;

  /** Fields after the command's name: the third field of the line is the first of these. */
  private static final int UTIME = 11;

  static CpuClock now(PostgresServer server) throws IOException {
    var jvm = (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
    return new CpuClock(jvm.getProcessCpuTime() / NANOS_PER_MS, ticks(server) * TICK_MS);
  }

  /**
   * A process that ends in between would be in neither sum, so the same ones must be there after.
   */
  private static long ticks(PostgresServer server) throws IOException {
    while (true) {
      var pids = server.pids();
      var sum = 0L;
      for (var pid : pids) {
        sum += ticks(pid);
      }
      if (pids.equals(server.pids())) {
        return sum;
      }
    }
  }

  CpuClock since(CpuClock start) {
    return new CpuClock(jvmMs - start.jvmMs, serverMs - start.serverMs);
  }

  /** User and system time of the process and of its children that have ended. */
  private static long ticks(long pid) throws IOException {
    var file = Path.of("/proc/" + pid + "/stat");
    if (!Files.exists(file)) {
      return 0;
    }
    var line = Files.readString(file);
    var fields = line.substring(line.lastIndexOf(')') + 2).split(" ");
    var sum = 0L;
    for (var i = UTIME; i < UTIME + 4; i++) {
      sum += Long.parseLong(fields[i]);
    }
    return sum;
  }
}
