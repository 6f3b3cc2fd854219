package io.onceflow.testbed.chaos.campaign;

import io.onceflow.testbed.chaos.disk.ControlDirectory;
import io.onceflow.testbed.chaos.disk.CoordinatorPoints;
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
import java.util.concurrent.TimeUnit;
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
  private final Verdicts verdicts;

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
            files.segments().toString(),
            plan.kinds(),
            plan.pace());
    var points = new ArrayList<>(steps.crashPoints());
    points.addAll(CoordinatorPoints.all());
    this.crashes = new CrashTally(control, points);
    this.verdicts = new Verdicts(history, progress);
  }

  /** Runs all schedules, or up to the first violation of a sink of ours. */
  CampaignResult run() throws Exception {
    history.write(
        Event.CAMPAIGN,
        Phase.BEGIN,
        name,
        "%s, seed %d, schedules %d to %d"
            .formatted(name, plan.seed(), plan.first(), plan.first() + plan.schedules() - 1));
    int done = 0;
    boolean goesOn = true;
    while (goesOn && done < plan.schedules()) {
      int wanted = Math.min(plan.block(), plan.schedules() - done);
      int ran = runBlock(plan.first() + done, wanted);
      done += ran;
      goesOn = !verdicts.isViolated() || goesOn();
    }
    crashes.write(history);
    var result = verdicts.result(name, plan.seed(), done, kills.get());
    history.schedule(-1);
    history.write(Event.CAMPAIGN, Phase.END, name, result.line());
    return result;
  }

  /** Returns how many schedules were run: fewer when one of them found something. */
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
        verdicts.stuck(first, "The job committed nothing before the first fault: " + state(block));
        block.abandon();
        return count;
      }
      for (int i = 0; i < count; i++) {
        var ending = runSchedule(block, Schedule.draw(plan.seed(), first + i, terrain));
        if (ending == Ending.STUCK || (ending == Ending.FOUND && !goesOn())) {
          violated(block, first + i);
          return i + 1;
        }
      }
      end(block, first + count - 1);
      return count;
    }
  }

  private void end(BlockRun block, int last) throws InterruptedException {
    boolean clean;
    try {
      clean = verdicts.note(last, block.end(plan.patience()));
    } catch (ClusterException e) {
      verdicts.stuck(last, e.getMessage());
      clean = false;
    }
    if (!clean) {
      violated(block, last);
    }
    rightClocks(block);
    history.write(
        Event.BLOCK,
        Phase.END,
        "",
        "%d rows in %d epochs".formatted(block.rows(), block.checks().epochs()));
  }

  private static void rightClocks(BlockRun block) {
    block.processes().stream().filter(KeptProcess::hasWrongClock).forEach(KeptProcess::rightClock);
    block.keeper().awaitAllWell();
  }

  private void violated(BlockRun block, int schedule) {
    progress.line("Logs: %s, data: %s".formatted(files.clusterLogs(), files.root()));
    progress.line("Replay: " + plan.replay(name, schedule));
    block.abandon();
    rightClocks(block);
  }

  private boolean goesOn() {
    return plan.goesOn() || subject.isPeer();
  }

  private Ending runSchedule(BlockRun block, Schedule schedule) throws InterruptedException {
    history.schedule(schedule.number());
    history.write(Event.SCHEDULE, Phase.BEGIN, "", schedule.text());
    var run = new ScheduleRun(block, schedule, crashes);
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
        Map.of("rows", block.rows(), "epochs", block.checks().epochs()));
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
    return "After %d s not everything is committed; job %s is %s. %s"
        .formatted(
            TimeUnit.MILLISECONDS.toSeconds(plan.patience().toMillis()),
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
