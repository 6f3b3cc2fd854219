package io.onceflow.testbed.cluster;

import com.fasterxml.jackson.databind.JsonNode;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import org.apache.flink.api.common.JobID;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.util.FileUtils;

/**
 * A standalone Flink cluster: every JobManager, TaskManager and ZooKeeper is a JVM of its own on
 * ports of 127.0.0.1 alone.
 *
 * <pre>{@code
 * try (FlinkCluster cluster =
 *     FlinkCluster.in(dir).jobManagers(2).taskManagers(3).slots(2).zooKeeper().start()) {
 *   JobHandle job = cluster.submit(Submission.of(MyJob.class).parallelism(2));
 *   job.awaitRunning(Duration.ofSeconds(30));
 *   cluster.leader().kill();
 * }
 * }</pre>
 *
 * <p>The processes end with this JVM, however it ends, and at {@link #close()}; the files stay, but
 * for RocksDB's. Calls wait up to a minute while a leader is being elected. Nothing is started
 * again by itself unless {@link ClusterBuilder#supervised}. Thread-safe. Failures are {@link
 * ClusterException}s.
 */
public final class FlinkCluster implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final Duration START_TIMEOUT = Duration.ofSeconds(90);
  private static final Duration NOT_FOUND_PATIENCE = Duration.ofSeconds(20);
  private static final Duration POLL = Duration.ofMillis(50);

  private final Configuration configuration;
  private final List<ClusterMember> members;
  private final Path rocksDb;
  private final RestApi rest;
  private Leader leader;
  private Supervisor supervisor;

  /**
   * @param rocksDb deleted at the end
   */
  FlinkCluster(Configuration configuration, List<ClusterMember> members, Path rocksDb) {
    this.configuration = configuration;
    this.rocksDb = rocksDb;
    this.members = List.copyOf(members);
    boolean elected = members.stream().anyMatch(m -> m.kind() == MemberKind.ZOOKEEPER);
    this.rest =
        new RestApi(this::answering, PATIENCE, elected ? NOT_FOUND_PATIENCE : Duration.ZERO);
  }

  /** Describes a cluster whose files go to a directory, which is made if need be. */
  public static ClusterBuilder in(Path directory) {
    return new ClusterBuilder(directory);
  }

  /** Starts all processes at once and waits until they are a cluster. */
  void start(Duration supervisionDelay) {
    try {
      members.forEach(ClusterMember::restart);
      synchronized (this) {
        leader = Leader.watch(configuration);
      }
      awaitTaskManagers();
    } catch (RuntimeException e) {
      close();
      throw e;
    }
    if (supervisionDelay != null) {
      supervisor = new Supervisor(members, supervisionDelay);
    }
  }

  /** Called before a member's process is started. */
  static void noteStart(FlinkCluster cluster, int rest) {
    if (cluster != null) {
      cluster.forgetLeader(rest);
    }
  }

  private synchronized void forgetLeader(int restPort) {
    if (leader != null) {
      leader.isGone(address(restPort));
    }
  }

  /** Returns all members, ZooKeeper first, then JobManagers, then TaskManagers. */
  public List<ClusterMember> members() {
    return members;
  }

  /** Returns the members of a kind in the order of their numbers. */
  public List<ClusterMember> members(MemberKind kind) {
    return members.stream().filter(member -> member.kind() == kind).toList();
  }

  /** Returns a member by its name, such as {@code taskmanager-1}. */
  public ClusterMember member(String name) {
    return members.stream()
        .filter(member -> member.name().equals(name))
        .findFirst()
        .orElseThrow(
            () ->
                new ClusterException(
                    "There is no member %s; there are %s."
                        .formatted(name, members.stream().map(ClusterMember::name).toList())));
  }

  /** Returns the JobManager that leads now; waits while there is none. */
  public ClusterMember leader() {
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    while (System.nanoTime() < deadline) {
      Optional<ClusterMember> found = leaderNow();
      if (found.isPresent()) {
        return found.get();
      }
      LockSupport.parkNanos(POLL.toNanos());
    }
    throw new ClusterException(
        "No JobManager became the leader within %d s: %s"
            .formatted(PATIENCE.toSeconds(), members(MemberKind.JOBMANAGER)));
  }

  /** Returns the JobManager that leads now, if there is one whose process is there. */
  public Optional<ClusterMember> leaderNow() {
    Leader watch;
    synchronized (this) {
      watch = leader;
    }
    return Optional.ofNullable(watch)
        .flatMap(Leader::address)
        .flatMap(
            address ->
                members(MemberKind.JOBMANAGER).stream()
                    .filter(member -> address(member.port()).equals(address))
                    .findFirst())
        .filter(ClusterMember::isRunning);
  }

  private static String address(int restPort) {
    return "http://" + ClusterConfig.HOST + ":" + restPort;
  }

  /** Returns the address of the leader's web UI and REST interface; waits while there is none. */
  public URI webUi() {
    return URI.create(address(leader().port()));
  }

  /**
   * Returns where a call goes now: to the leader, or while nobody knows it, as without ZooKeeper,
   * to any JobManager, which passes it on as soon as it can.
   */
  private URI answering() {
    return leaderNow()
        .filter(leading -> !leading.isPaused())
        .or(
            () ->
                members(MemberKind.JOBMANAGER).stream()
                    .filter(member -> member.isRunning() && !member.isPaused())
                    .findFirst())
        .map(member -> URI.create(address(member.port())))
        .orElseThrow(
            () -> new ClusterException("No JobManager runs: " + members(MemberKind.JOBMANAGER)));
  }

  /** Returns what all processes were configured with. */
  public Configuration configuration() {
    return new Configuration(configuration);
  }

  /** Returns the answer of the leader to a GET, such as {@code /overview}. */
  public JsonNode rest(String path) {
    return rest.get(path);
  }

  /** Waits until all TaskManagers whose processes are there are registered at the leader. */
  public void awaitTaskManagers() {
    long deadline = System.nanoTime() + START_TIMEOUT.toNanos();
    while (rest.get("/overview").path("taskmanagers").asLong() < runningTaskManagers()) {
      requireAlive();
      if (System.nanoTime() > deadline) {
        throw new ClusterException(
            "After %d s the leader does not know all of %s."
                .formatted(START_TIMEOUT.toSeconds(), members(MemberKind.TASKMANAGER)));
      }
      LockSupport.parkNanos(POLL.toNanos());
    }
  }

  private long runningTaskManagers() {
    return members(MemberKind.TASKMANAGER).stream().filter(ClusterMember::isRunning).count();
  }

  private void requireAlive() {
    for (ClusterMember member : members(MemberKind.TASKMANAGER)) {
      if (!member.isRunning() && supervisor == null && leaderNow().isEmpty()) {
        throw new ClusterException(member.name() + " has ended. " + member.logTail());
      }
    }
  }

  /**
   * Submits a job, again if the leader goes meanwhile; returns when the leader has it. The main
   * method runs in this JVM.
   */
  public JobHandle submit(Submission submission) {
    JobID id = new JobID();
    JobHandle job = new JobHandle(rest, id.toHexString());
    Submitter submitter = new Submitter(configuration);
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    while (true) {
      ClusterMember asked = leader();
      long pid = asked.pid();
      try {
        submitter.submit(submission, id, URI.create(address(asked.port())));
        return job;
      } catch (ClusterException e) {
        if (jobs().stream().anyMatch(known -> known.id().equals(job.id()))) {
          return job;
        }
        boolean sameLeader =
            leaderNow().filter(now -> now.equals(asked) && now.pid() == pid).isPresent();
        if (sameLeader || System.nanoTime() > deadline) {
          throw e;
        }
      }
    }
  }

  /** Returns a handle for a job by its id in hex. */
  public JobHandle job(String id) {
    return new JobHandle(rest, id);
  }

  /** Returns the jobs that the leader knows, those that have ended too. */
  public List<JobHandle> jobs() {
    List<JobHandle> jobs = new ArrayList<>();
    rest.get("/jobs").path("jobs").forEach(job -> jobs.add(job(job.path("id").asText())));
    return jobs;
  }

  /** Kills all processes; returns when they are gone. */
  @Override
  public void close() {
    if (supervisor != null) {
      supervisor.close();
    }
    synchronized (this) {
      if (leader != null) {
        leader.close();
        leader = null;
      }
    }
    members.stream().filter(ClusterMember::isRunning).forEach(ClusterMember::kill);
    FileUtils.deleteDirectoryQuietly(rocksDb.toFile());
  }
}
