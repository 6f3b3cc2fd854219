package io.onceflow.common.lock;

import java.io.File;
import java.io.IOException;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.io.Serializable;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;

/**
 * A holder in a JVM of its own, which is paused at the worst moment: it has just seen that its
 * lease is good, and writes next. It stops itself by SIGSTOP and goes on when somebody sends
 * SIGCONT.
 */
final class HolderProcess {

  static final Duration TTL = Duration.ofSeconds(1);
  static final int WRITTEN = 40;
  static final int FENCED = 41;

  /** What it holds and writes. */
  record Order(LeaseStore leases, ProtectedStore target, String key, boolean isFenced)
      implements Serializable {}

  private HolderProcess() {}

  static Process start(Order order, Path directory) throws IOException {
    var file = Files.createTempFile(directory, "order", ".bin");
    try (var out = new ObjectOutputStream(Files.newOutputStream(file))) {
      out.writeObject(order);
    }
    var output = new File(directory.toFile(), "holder.log");
    return new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-Xmx64m",
            "-XX:TieredStopAtLevel=1",
            "-cp",
            System.getProperty("java.class.path"),
            HolderProcess.class.getName(),
            file.toString())
        .redirectErrorStream(true)
        .redirectOutput(ProcessBuilder.Redirect.appendTo(output))
        .start();
  }

  public static void main(String[] arguments) throws Exception {
    Order order;
    try (var in = new ObjectInputStream(Files.newInputStream(Path.of(arguments[0])))) {
      order = (Order) in.readObject();
    }
    try (var leases = order.leases().connect()) {
      // Of the second request only: the first one loads classes, which takes longer than the lease.
      var request = LeaseRequest.of(order.key(), "stale-holder", TTL);
      leases.tryAcquire(request);
      order.target().append(leases.takeOver(request), "first", order.isFenced());
      var lease = leases.takeOver(request);
      if (lease.isExpired(System.nanoTime())) {
        throw new IllegalStateException("The lease has run out before the pause.");
      }
      pause();
      System.exit(append(order, lease) ? WRITTEN : FENCED);
    }
  }

  private static void pause() throws Exception {
    var pid = Long.toString(ProcessHandle.current().pid());
    new ProcessBuilder("kill", "-STOP", pid).start().waitFor();
  }

  private static boolean append(Order order, Lease lease) throws Exception {
    try {
      order.target().append(lease, "stale", order.isFenced());
      return true;
    } catch (FencedException e) {
      return false;
    }
  }
}
