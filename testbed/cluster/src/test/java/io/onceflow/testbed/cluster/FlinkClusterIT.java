package io.onceflow.testbed.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.onceflow.testbed.cluster.job.CountingJob;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.apache.flink.api.common.JobStatus;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A cluster of separate processes survives the death of any of them. */
class FlinkClusterIT {
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final Path TEST_CLASSES = Path.of("target", "test-classes");

  @TempDir private Path directory;

  private List<Long> pids = List.of();
  private Path rocksDb;

  @Test
  void theJobRunsAgainAfterTheDeathOfTheLeaderAndOfATaskManager() {
    try (FlinkCluster cluster = start()) {
      pids = cluster.members().stream().map(ClusterMember::pid).toList();
      assertThat(pids).allSatisfy(pid -> assertThat(ListeningSockets.of(pid)).isNotEmpty());
      assertThat(pids).allMatch(pid -> ListeningSockets.beyondLoopback(pid).isEmpty());
      JobHandle job = cluster.submit(Submission.of(CountingJob.class).parallelism(2));
      job.awaitRunning(PATIENCE);
      awaitCheckpointAfter(job, 0);
      rocksDb = Path.of(cluster.configuration().toMap().get("state.backend.rocksdb.localdir"));
      assertThat(rocksDb).isNotEmptyDirectory();

      ClusterMember leader = cluster.leader();
      leader.kill();
      assertThat(leader.isRunning()).isFalse();
      ClusterMember next = cluster.leader();
      assertThat(next).isNotSameAs(leader);
      job.awaitRunning(PATIENCE);
      awaitCheckpointAfter(job, job.latestCheckpoint());

      ClusterMember taskManager = cluster.members(MemberKind.TASKMANAGER).get(0);
      taskManager.kill();
      await().atMost(PATIENCE).until(() -> !job.isRunning());
      taskManager.restart();
      job.awaitRunning(PATIENCE);
      awaitCheckpointAfter(job, job.latestCheckpoint());

      pausedAndResumed(cluster, job);
      stoppedAndRestored(cluster, job);
    }
    await().atMost(PATIENCE).until(() -> pids.stream().noneMatch(this::isThere));
    assertThat(rocksDb).doesNotExist();
  }

  private void pausedAndResumed(FlinkCluster cluster, JobHandle job) {
    ClusterMember zooKeeper = cluster.members(MemberKind.ZOOKEEPER).get(0);
    zooKeeper.pause();
    assertThat(zooKeeper.isPaused()).isTrue();
    assertThat(job.status().isGloballyTerminalState()).isFalse();
    zooKeeper.resume();
    zooKeeper.kill();
    zooKeeper.restart();
    job.awaitRunning(PATIENCE);
    awaitCheckpointAfter(job, job.latestCheckpoint());
  }

  private void stoppedAndRestored(FlinkCluster cluster, JobHandle job) {
    assertThat(Path.of(java.net.URI.create(job.savepoint()))).isDirectory();
    String savepoint = job.stopWithSavepoint();
    assertThat(job.status()).isEqualTo(JobStatus.FINISHED);
    JobHandle again =
        cluster.submit(Submission.of(CountingJob.class).parallelism(1).restore(savepoint));
    again.awaitRunning(PATIENCE);
    assertThat(again.latestCheckpointPath()).isPresent();
    assertThat(again.checkpoint()).isPositive();
    assertThat(again.exceptions()).isEmpty();
    assertThat(again.cancel()).isEqualTo(JobStatus.CANCELED);
  }

  private FlinkCluster start() {
    return FlinkCluster.in(directory)
        .jobManagers(2)
        .taskManagers(2)
        .slots(1)
        .zooKeeper()
        .set("execution.checkpointing.interval", "300 ms")
        .set("state.backend.type", "rocksdb")
        .classPath(List.of(TEST_CLASSES))
        .start();
  }

  private static void awaitCheckpointAfter(JobHandle job, long checkpoint) {
    await().atMost(PATIENCE).until(() -> job.latestCheckpoint() > checkpoint);
  }

  private boolean isThere(long pid) {
    return Files.exists(Path.of("/proc", Long.toString(pid), "exe"));
  }
}
