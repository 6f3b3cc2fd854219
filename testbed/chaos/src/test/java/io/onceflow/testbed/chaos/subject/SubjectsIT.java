package io.onceflow.testbed.chaos.subject;

import static org.assertj.core.api.Assertions.assertThat;

import io.onceflow.testbed.chaos.check.Findings;
import io.onceflow.testbed.servers.KafkaBroker;
import io.onceflow.testbed.servers.TcpProxy;
import io.onceflow.testbed.servers.TestServers;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The subjects that {@code make chaos-short} leaves out, with a cut connection and a rescale: the
 * job, the truth and the checks.
 */
class SubjectsIT {

  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final int PER_SECOND = 600;

  @TempDir Path directory;

  @ParameterizedTest
  @ValueSource(strings = {"mariadb-prepared", "postgres-peer", "mariadb-peer", "kafka-peer"})
  void everythingArrivesOnceThroughACutAndARescale(String name) throws Exception {
    KafkaBroker input = TestServers.kafka();
    var servers = new Servers(input, directory);
    var block = new Block(Math.abs(name.hashCode() % 10_000));
    try (var subject = Subjects.start(name, servers)) {
      subject.prepare(block);
      try (var truth = subject.truth(block);
          var sender = subject.sender(block, truth, 7);
          var checks = subject.checks(block, truth)) {
        sender.start(PER_SECOND);
        String savepoint;
        try (var job = LocalJob.start(subject, block, directory, new LocalJob.Start(2, null))) {
          assertThat(checks.awaitCommitted(sender.position() + 200, PATIENCE))
              .as(() -> checks.pending().toString())
              .isTrue();
          sender.duplicates(100);
          sender.poison(5);
          subject.proxy().cut(TcpProxy.Cut.RST);
          assertThat(checks.awaitCommitted(sender.position(), PATIENCE))
              .as(() -> checks.pending().toString())
              .isTrue();
          expectClean(subject, checks.check());
          savepoint = job.stop();
        }
        try (var job =
            LocalJob.start(subject, block, directory, new LocalJob.Start(3, savepoint))) {
          assertThat(checks.awaitCommitted(sender.position(), PATIENCE))
              .as(() -> checks.pending().toString())
              .isTrue();
          sender.pause();
          assertThat(checks.awaitCommitted(sender.position(), PATIENCE))
              .as(() -> checks.pending().toString())
              .isTrue();
          job.stop();
        }
        expectClean(subject, checks.finalCheck());
        assertThat(truth.position()).isGreaterThan(500);
        assertThat(checks.rows()).isEqualTo(expected(checks.total(), truth.position()));
        assertThat(checks.snapshots()).isGreaterThan(10);
      }
    }
  }

  /** Every row is accounted for, also those that a peer loses or doubles. */
  private static long expected(Findings total, long transfers) {
    return 2 * transfers + total.duplicated() - total.lost();
  }

  private static void expectClean(Subject subject, Findings findings) {
    if (subject.isPeer()) {
      assertThat(findings.unexpected()).isZero();
    } else {
      assertThat(findings).isEqualTo(Findings.NONE);
    }
  }
}
