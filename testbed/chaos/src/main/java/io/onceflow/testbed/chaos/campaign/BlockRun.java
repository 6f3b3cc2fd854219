package io.onceflow.testbed.chaos.campaign;

import io.onceflow.testbed.chaos.check.Checks;
import io.onceflow.testbed.chaos.check.Findings;
import io.onceflow.testbed.chaos.disk.ControlDirectory;
import io.onceflow.testbed.chaos.fault.InputActions;
import io.onceflow.testbed.chaos.fault.NotInjectedException;
import io.onceflow.testbed.chaos.fault.Target;
import io.onceflow.testbed.chaos.report.History;
import io.onceflow.testbed.chaos.subject.Block;
import io.onceflow.testbed.chaos.subject.Subject;
import io.onceflow.testbed.chaos.truth.EventSender;
import io.onceflow.testbed.chaos.truth.TruthLog;
import io.onceflow.testbed.cluster.ClusterException;
import io.onceflow.testbed.cluster.FlinkCluster;
import io.onceflow.testbed.cluster.Submission;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** Schedules that share a job, a database or topic and a truth file. Used by the campaign. */
final class BlockRun implements AutoCloseable {

  /** Slow enough for two cores, fast enough that every epoch has rows of every account. */
  private static final int TRANSFERS_PER_SECOND = 200;

  private static final int BURST = 1_000;

  /** What does not change from block to block of one subject. */
  record Setting(
      FlinkCluster cluster,
      CampaignFiles files,
      Subject subject,
      Keeper keeper,
      History history,
      AtomicInteger kills,
      Input input) {}

  /**
   * What the job is fed and told.
   *
   * @param seed of the transfers
   * @param moreArguments of the job
   */
  record Input(long seed, List<String> moreArguments) {}

  private final Setting setting;
  private final ControlDirectory control;
  private final TruthLog truth;
  private final EventSender sender;
  private final Checks checks;
  private final CommitLog commits;
  private final JobOperator operator;

  private BlockRun(Setting setting, Block block) throws IOException {
    this.setting = setting;
    this.control = new ControlDirectory(setting.files().control());
    this.truth = setting.subject().truth(block);
    this.sender = setting.subject().sender(block, truth, setting.input().seed() + block.number());
    this.checks = setting.subject().checks(block, truth);
    this.commits = new CommitLog(checks, setting.history());
    this.operator =
        new JobOperator(
            setting.cluster(), setting.files(), processes(), submission(setting, block));
  }

  private static Submission submission(Setting setting, Block block) {
    var arguments = new ArrayList<>(setting.subject().jobArguments(block));
    arguments.addAll(setting.input().moreArguments());
    return new Submission(setting.subject().mainClass(), null, arguments, 0, null, false, Map.of());
  }

  /** Makes what the block needs, submits the job and begins to send. */
  static BlockRun start(Setting setting, int number, int parallelism) throws Exception {
    var block = new Block(number);
    setting.subject().prepare(block);
    var run = new BlockRun(setting, block);
    try {
      run.operator.start(parallelism);
      run.sender.start(TRANSFERS_PER_SECOND);
    } catch (RuntimeException e) {
      run.close();
      throw e;
    }
    return run;
  }

  FlinkCluster cluster() {
    return setting.cluster();
  }

  Subject subject() {
    return setting.subject();
  }

  List<KeptProcess> processes() {
    return setting.keeper().processes();
  }

  Keeper keeper() {
    return setting.keeper();
  }

  History history() {
    return setting.history();
  }

  void countKill() {
    setting.kills().incrementAndGet();
  }

  ControlDirectory control() {
    return control;
  }

  JobOperator operator() {
    return operator;
  }

  CommitLog commits() {
    return commits;
  }

  Checks checks() {
    return checks;
  }

  long position() {
    return sender.position();
  }

  long rows() {
    return checks.rows();
  }

  /** Sends so much at once that an epoch has segments in files and not in the checkpoint alone. */
  void burst() {
    sender.burst(BURST);
  }

  InputActions input() {
    return new InputActions() {
      @Override
      public void poison(int events) {
        sender.poison(events);
      }

      @Override
      public void duplicates(int events) {
        sender.duplicates(events);
      }
    };
  }

  /** Ends all faults; false when a process does not come up again. */
  boolean heal() {
    setting.subject().proxy().heal();
    control.clear();
    return setting.keeper().awaitAllWell();
  }

  /** Waits until all that was sent by now is committed, while more is sent. */
  boolean awaitCommitted(Duration patience) {
    return checks.awaitCommitted(position(), patience);
  }

  /** Drains the input, stops with a savepoint and checks everything; see {@link Checks}. */
  Findings end(Duration patience) throws InterruptedException {
    sender.pause();
    checks.awaitCommitted(position(), patience);
    stop(patience);
    return checks.finalCheck();
  }

  /** A task that restarts at this moment refuses the savepoint; the next one is taken. */
  private void stop(Duration patience) throws InterruptedException {
    long deadline = System.nanoTime() + patience.toNanos();
    while (true) {
      try {
        operator.stop();
        return;
      } catch (NotInjectedException e) {
        if (System.nanoTime() > deadline) {
          throw new ClusterException("The job cannot be stopped with a savepoint.", e);
        }
        TimeUnit.SECONDS.sleep(1);
      }
    }
  }

  /** Ends the job, if it is still there, without asking for its output. */
  void abandon() {
    sender.pause();
    try {
      cancel();
    } catch (ClusterException e) {
      // A sink that hangs in a commit cannot be cancelled, but ended; and two JobManagers that both
      // hold themselves for the leader answer for no job until one of them begins anew.
      end(Target.TASKMANAGER, Target.LEADER, Target.STANDBY);
      keeper().awaitAllWell();
      cancel();
    }
  }

  private void cancel() {
    if (!operator.job().hasEnded()) {
      operator.job().cancel();
    }
  }

  private void end(Target... targets) {
    processes().stream()
        .filter(process -> Set.of(targets).contains(process.target()) && process.isRunning())
        .forEach(KeptProcess::endToCleanUp);
  }

  @Override
  public void close() {
    commits.close();
    checks.close();
    sender.close();
    try {
      truth.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
