package io.onceflow.testbed.chaos.campaign;

import io.onceflow.testbed.chaos.disk.ControlDirectory;
import io.onceflow.testbed.chaos.disk.CoordinatorPoints;
import io.onceflow.testbed.chaos.fault.FaultKind;
import io.onceflow.testbed.chaos.fault.Schedule;
import io.onceflow.testbed.chaos.fault.Terrain;
import io.onceflow.testbed.chaos.report.CampaignResult;
import io.onceflow.testbed.chaos.report.History;
import io.onceflow.testbed.chaos.report.HistoryEvent.Event;
import io.onceflow.testbed.chaos.report.HistoryEvent.Phase;
import io.onceflow.testbed.chaos.subject.Servers;
import io.onceflow.testbed.chaos.subject.Subject;
import io.onceflow.testbed.chaos.subject.Subjects;
import io.onceflow.testbed.cluster.ClusterException;
import io.onceflow.testbed.cluster.FlinkCluster;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * All schedules of one subject, on a cluster and servers that others use before and after. Used by
 * one thread.
 */
final class Campaign implements AutoCloseable {
  private static final int PARALLELISM = 2;
  private static final Duration STEP = Duration.ofSeconds(5);

  private final CampaignPlan plan;
  private final String name;
  private final CampaignFiles files;
  private final FlinkCluster cluster;
  private final Progress progress;
  private final BlockNumbers blocks;
  private final Subject subject;
  private final History history;
  private final Keeper keeper;
  private final Terrain terrain;
  private final CrashTally crashes;
  private final AtomicInteger kills = new AtomicInteger();
  private final FaultCounts faults = new FaultCounts();
  private final Verdicts verdicts;
  private int ran;

  /** Numbers that no other block of this run has, so that nothing on the servers is used twice. */
  static final class BlockNumbers {
    private int last;

    int next() {
      return ++last;
    }
  }

  /** How a schedule ends. */
  private enum Ending {
    CLEAN,
    /** An oracle is red for what is new; the job runs. */
    FOUND,
    /** The job does not commit any more. */
    STUCK
  }

  /** The cluster and the servers of a run. */
  record Ground(CampaignFiles files, FlinkCluster cluster, Servers servers, BlockNumbers blocks) {}

  Campaign(CampaignPlan plan, String name, Ground ground, Progress progress) {
    this.plan = plan;
    this.name = name;
    this.files = ground.files();
    this.cluster = ground.cluster();
    this.blocks = ground.blocks();
    this.progress = progress;
    this.subject = Subjects.start(name, ground.servers());
    this.history = new History(files.history(name));
    this.keeper =
        new Keeper(
            Processes.of(cluster, subject, ground.servers(), new Processes.Log(history, kills)));
    var control = new ControlDirectory(files.control());
    var steps = SubjectSteps.of(name);
    this.terrain =
        new Terrain(
            steps.crashPoints(),
            steps.commitSteps(),
            files.checkpoints().toString(),
            steps.hasSegments() ? files.segments().toString() : "",
            plan.kinds(),
            FakeTime.library().isPresent() ? Set.of() : Set.of(FaultKind.CLOCK_SKEW),
            plan.pace());
    var points = new ArrayList<>(steps.crashPoints());
    points.addAll(CoordinatorPoints.all());
    this.crashes = new CrashTally(control, points);
    this.verdicts = new Verdicts(history, progress);
  }

  /** What a campaign found, and what it did to find it. */
  record Outcome(CampaignResult result, FaultCounts faults) {
    String line() {
      return "%s %s".formatted(result.line(), faults.text());
    }
  }

  /** Runs all schedules, or up to the first violation of a sink of ours. */
  Outcome run() throws Exception {
    history.write(
        Event.CAMPAIGN,
        Phase.BEGIN,
        name,
        "%s, seed %d, schedules %d to %d"
            .formatted(name, plan.seed(), plan.first(), plan.first() + plan.schedules() - 1));
    int dealt = 0;
    boolean goesOn = true;
    while (goesOn && dealt < plan.schedules()) {
      int wanted = Math.min(plan.block(), plan.schedules() - dealt);
      dealt += runBlock(plan.first() + dealt, wanted);
      goesOn = !verdicts.isViolated() || goesOn();
    }
    crashes.write(history);
    var outcome = new Outcome(verdicts.result(name, plan.seed(), ran, kills.get()), faults);
    history.schedule(-1);
    faults
        .defect(ran)
        .ifPresent(why -> history.write(Event.FINDING, Phase.INFO, "proves nothing", why));
    history.write(Event.CAMPAIGN, Phase.END, name, outcome.line());
    return outcome;
  }

  /**
   * Returns how many numbers are done with: fewer when a schedule found something. A job that does
   * not even begin uses all of them up, and none of them counts as run.
   */
  private int runBlock(int first, int count) throws Exception {
    int number = blocks.next();
    progress.line("%s: block %d, a new job and empty tables".formatted(name, number));
    history.schedule(-1);
    history.write(Event.BLOCK, Phase.BEGIN, "block-" + number, "");
    var setting =
        new BlockRun.Setting(
            cluster,
            files,
            subject,
            keeper,
            history,
            kills,
            new BlockRun.Input(plan.seed(), List.of("--bug", plan.bug())));
    try (var block = BlockRun.start(setting, number, PARALLELISM)) {
      if (!awaitCommitted(block)) {
        verdicts.stuck(
            first,
            "The job committed nothing before the first fault, so schedules %d to %d did not run: %s"
                .formatted(first, first + count - 1, state(block)));
        stuck(block, first);
        return count;
      }
      for (int i = 0; i < count; i++) {
        var ending = runSchedule(block, Schedule.draw(plan.seed(), first + i, terrain));
        if (ending == Ending.STUCK) {
          stuck(block, first + i);
          return i + 1;
        }
        if (ending == Ending.FOUND && !goesOn()) {
          violated(block, first + i, 1);
          return i + 1;
        }
      }
      end(block, first, count);
      return count;
    }
  }

  private void end(BlockRun block, int first, int count) throws InterruptedException {
    int last = first + count - 1;
    boolean clean;
    try {
      clean = verdicts.note(last, block.end(plan.patience()));
    } catch (ClusterException e) {
      verdicts.stuck(last, e.getMessage());
      clean = false;
    }
    if (!clean) {
      violated(block, first, count);
    }
    rightClocks(block);
    history.write(
        Event.BLOCK,
        Phase.END,
        "",
        "%d rows in %d epochs".formatted(block.rows(), block.checks().epochs()));
  }

  /**
   * A job that does not commit may have written too much all the same, and its end may make it
   * worse: the oracles look before and after it is ended. What was not committed is not lost yet.
   */
  private void stuck(BlockRun block, int schedule) {
    look(block, schedule);
    violated(block, schedule, 1);
    look(block, schedule);
  }

  private void look(BlockRun block, int schedule) {
    try {
      verdicts.note(schedule, block.checks().check());
    } catch (IllegalStateException e) {
      progress.line("The output of the stuck job could not be checked: " + e.getMessage());
    }
  }

  private static void rightClocks(BlockRun block) {
    block.processes().stream().filter(KeptProcess::hasWrongClock).forEach(KeptProcess::rightClock);
    block.keeper().awaitAllWell();
  }

  /**
   * @param first the number of the first schedule that a replay needs
   * @param count how many; at a block's end all that shared the job
   */
  private void violated(BlockRun block, int first, int count) {
    progress.line("Logs: %s, data: %s".formatted(files.clusterLogs(), files.root()));
    progress.line("Replay: " + plan.replay(name, first, count));
    block.abandon();
    rightClocks(block);
  }

  private boolean goesOn() {
    return plan.goesOn() || subject.isPeer();
  }

  private Ending runSchedule(BlockRun block, Schedule schedule) throws InterruptedException {
    history.schedule(schedule.number());
    history.write(Event.SCHEDULE, Phase.BEGIN, "", schedule.text());
    schedule
        .notApplicable()
        .forEach(
            kind -> {
              faults.note(Phase.NOT_APPLICABLE);
              history.write(Event.FAULT, Phase.NOT_APPLICABLE, kind.text(), name);
            });
    ran++;
    var run = new ScheduleRun(block, schedule, crashes, faults);
    progress.schedule(new Progress.Now(name, plan, schedule, block, run::underWay, kills::get));
    boolean well = run.run();
    boolean committed = well && awaitCommitted(block);
    if (!committed) {
      verdicts.stuck(schedule.number(), well ? state(block) : "A process did not come up again.");
    }
    boolean clean = committed && verdicts.note(schedule.number(), block.checks().check());
    history.write(
        Event.SCHEDULE,
        Phase.END,
        "",
        clean ? "clean" : "violated",
        Map.of(
            "rows",
            block.rows(),
            "epochs",
            block.checks().epochs(),
            "snapshots",
            block.checks().snapshots(),
            "failed-snapshots",
            block.checks().failedSnapshots()));
    block.commits().calm();
    progress.scheduleEnded(clean);
    return clean ? Ending.CLEAN : committed ? Ending.FOUND : Ending.STUCK;
  }

  /** Gives up early on a job that has ended for good. */
  private boolean awaitCommitted(BlockRun block) {
    long deadline = System.nanoTime() + plan.patience().toNanos();
    long position = block.position();
    while (!block.checks().awaitCommitted(position, STEP)) {
      if (System.nanoTime() > deadline || isEnded(block)) {
        return false;
      }
    }
    return true;
  }

  private static boolean isEnded(BlockRun block) {
    var state = block.operator().rest().get("/jobs/" + block.operator().job().id());
    return List.of("FAILED", "CANCELED", "FINISHED").contains(state.path("state").asText());
  }

  private String state(BlockRun block) {
    var job = block.operator().job();
    var rest = block.operator().rest();
    var exceptions =
        rest.get("/jobs/%s/exceptions".formatted(job.id()))
            .path("exceptionHistory")
            .path("entries");
    return "Not everything was committed within %d s of the last fault, or the job has ended; job %s is %s. %s"
        .formatted(
            plan.patience().toSeconds(),
            job.id(),
            rest.get("/jobs/" + job.id()).path("state").asText("not answered for"),
            exceptions.path(0).path("stacktrace").asText().lines().findFirst().orElse(""));
  }

  @Override
  public void close() {
    keeper.close();
    history.close();
    subject.close();
  }
}
