package io.onceflow.common.retry;

import io.onceflow.common.retry.Acknowledgement.Status;
import java.util.SplittableRandom;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ScheduledFuture;
import java.util.random.RandomGenerator;
import org.apache.flink.api.common.operators.MailboxExecutor;
import org.apache.flink.runtime.state.StateInitializationContext;
import org.apache.flink.streaming.api.operators.AbstractStreamOperator;
import org.apache.flink.streaming.api.operators.BoundedMultiInput;
import org.apache.flink.streaming.api.operators.TwoInputStreamOperator;
import org.apache.flink.streaming.api.watermark.Watermark;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.streaming.runtime.watermarkstatus.WatermarkStatus;
import org.apache.flink.util.OutputTag;

/**
 * Makes the attempts: keyed by the scope of {@link OrderPolicy} on its first input, with controls
 * for all subtasks on its second.
 *
 * <p>A message is in keyed state from its arrival to its final acknowledgement. Attempts run
 * elsewhere; their outcomes come back as mails to the task thread, which alone touches state and
 * outputs. Result, acknowledgement and dead letter of a message therefore leave between the same
 * two barriers as its removal from state. An attempt under way is not part of a checkpoint: after a
 * restore it is made again, under its number and with the same idempotency key.
 */
final class RetryOperator<I, O> extends AbstractStreamOperator<O>
    implements TwoInputStreamOperator<RetryMessage, RetryControl, O>, BoundedMultiInput {

  /** What has become of messages. */
  static final OutputTag<Acknowledgement> ACKNOWLEDGEMENTS =
      new OutputTag<>("acknowledgements", RetryTypes.ACKNOWLEDGEMENT);

  /** What was given up. */
  static final OutputTag<RetryDeadLetter> DEAD_LETTERS =
      new OutputTag<>("retry-dead-letters", RetryTypes.DEAD_LETTER);

  private static final long serialVersionUID = 1L;
  private static final int BOTH_INPUTS = 3;

  private final RetrySettings<I, O> settings;
  private transient MailboxExecutor mailbox;
  private transient RandomGenerator random;
  private transient RetryState state;
  private transient RetryScheduler scheduler;
  private transient GuardedAttempts<I, O> attempts;
  private transient RetryMetrics counts;
  private transient WatermarkHold hold;
  private transient ScheduledFuture<?> timer;
  private transient long timerAtMs;
  private transient int endedInputs;

  RetryOperator(RetrySettings<I, O> settings) {
    this.settings = settings;
  }

  @Override
  public void setMailboxExecutor(MailboxExecutor executor) {
    super.setMailboxExecutor(executor);
    mailbox = executor;
  }

  @Override
  public void initializeState(StateInitializationContext context) throws Exception {
    super.initializeState(context);
    state = new RetryState(context, getKeyedStateBackend(), settings.retention());
  }

  @Override
  public void open() throws Exception {
    super.open();
    settings.handler().open(getRuntimeContext());
    int subtask = getRuntimeContext().getTaskInfo().getIndexOfThisSubtask();
    random =
        settings.seed() == null
            ? new SplittableRandom()
            : new SplittableRandom(settings.seed() + subtask);
    attempts = new GuardedAttempts<>(settings.handler(), settings.classifier());
    counts = new RetryMetrics(getMetricGroup());
    hold =
        new WatermarkHold(
            settings.watermarkHold(), this::processWatermark, output::emitWatermarkStatus);
    scheduler = new RetryScheduler(settings.rules(), settings.order(), random);
    for (RetryControl control : state.controls()) {
      apply(control);
    }
    long now = now();
    for (RetryState.Restored one : state.all()) {
      Unfinished restored = one.unfinished().rejittered(scheduler.rules().backoff(), random, now);
      String dependency = attempts.dependency(restored.message());
      hold.add(scheduler.restore(one.scope(), one.position(), restored, dependency, now));
    }
    // Not here, for whoever is behind may not be open yet.
    mailbox.execute(this::proceed, "go on with the attempts");
  }

  @Override
  public void processElement1(StreamRecord<RetryMessage> element) throws Exception {
    RetryMessage message = element.getValue();
    String scope = settings.order().scope(message);
    if (scheduler.find(scope, message.identity()) != null) {
      // Its final acknowledgement is still to come.
      counts.duplicates.inc();
      return;
    }
    Acknowledgement known = state.finalOf(scope, message.identity());
    if (known != null) {
      counts.duplicates.inc();
      output.collect(ACKNOWLEDGEMENTS, new StreamRecord<>(known.again(), message.eventTimeMs()));
    } else if (hasRoomFor(message)) {
      take(scope, message);
    } else {
      reject(scope, message);
    }
    proceed();
  }

  private void take(String scope, RetryMessage message) throws Exception {
    long now = now();
    long deadlineMs = now + scheduler.rules().attempts().deadline().toMillis();
    Unfinished arrived = new Unfinished(message, now, deadlineMs, now, java.util.List.of());
    Entry entry = scheduler.admit(scope, arrived, attempts.dependency(message), now);
    hold.add(entry);
    state.put(entry, arrived);
    proceed();
    if (entry.place != Entry.Place.RUNNING && entry.place != Entry.Place.GONE) {
      String code = entry.place == Entry.Place.BEHIND ? "behind" : "queued";
      acknowledge(message, Status.WAITING, code, 0);
    }
  }

  /** Whether it may be taken; waits for that as long as the quota says. */
  private boolean hasRoomFor(RetryMessage message) throws Exception {
    ParkingQuota quota = scheduler.rules().quota();
    if (scheduler.hasRoomFor(message.sizeBytes())) {
      return true;
    }
    if (quota.overflow() == ParkingQuota.Overflow.REJECT) {
      return false;
    }
    counts.blockedInput.inc();
    boolean[] over = new boolean[1];
    ScheduledFuture<?> end =
        getProcessingTimeService()
            .registerTimer(now() + quota.maxBlock().toMillis(), time -> over[0] = true);
    while (!over[0] && !scheduler.hasRoomFor(message.sizeBytes())) {
      mailbox.yield();
    }
    end.cancel(false);
    return true;
  }

  private void reject(String scope, RetryMessage message) throws Exception {
    long now = now();
    Acknowledgement rejected =
        acknowledge(message, Status.DEAD_LETTERED, RetryDeadLetter.OVERFLOW, 0);
    state.finishUntaken(scope, message.identity(), rejected);
    output.collect(
        DEAD_LETTERS,
        new StreamRecord<>(
            new RetryDeadLetter(message, RetryDeadLetter.OVERFLOW, now, now, java.util.List.of()),
            message.eventTimeMs()));
  }

  @Override
  public void processElement2(StreamRecord<RetryControl> element) throws Exception {
    RetryControl control = element.getValue();
    state.keep(control);
    apply(control);
    proceed();
  }

  private void apply(RetryControl control) throws Exception {
    if (control instanceof RetryControl.Pause pause) {
      scheduler.dependencies().pause(pause.dependency(), true);
    } else if (control instanceof RetryControl.Resume resume) {
      scheduler.dependencies().pause(resume.dependency(), false);
    } else if (control instanceof RetryControl.ChangeRules change) {
      scheduler.change(change.rules());
    } else if (control instanceof RetryControl.Drain drain) {
      for (Entry entry : scheduler.waitingFor(drain.dependency())) {
        giveUp(entry, state.get(entry), RetryDeadLetter.DRAINED);
      }
    }
  }

  /** Does all that can be done now, and sets the clock for the rest. */
  private void proceed() throws Exception {
    long now = now();
    for (Entry late = scheduler.timedOut(now); late != null; late = scheduler.timedOut(now)) {
      timeOut(late);
    }
    for (Entry old = scheduler.expired(now); old != null; old = scheduler.expired(now)) {
      giveUp(old, state.get(old), RetryDeadLetter.DEADLINE_PASSED);
    }
    for (Entry next = scheduler.next(now); next != null; next = scheduler.next(now)) {
      start(next);
    }
    hold.proceed(now);
    wakeUpAt(Math.min(scheduler.wakeUpMs(now), hold.wakeUpMs()));
    counts.update(scheduler);
  }

  private void start(Entry entry) throws Exception {
    Unfinished unfinished = state.get(entry);
    RetryMessage message = unfinished.message();
    I input;
    try {
      input = settings.handler().decode(message);
    } catch (Exception | StackOverflowError e) {
      LOG.debug("The handler cannot decode {}.", message, e);
      scheduler.stopped(entry, null, false, now());
      finish(entry, unfinished, Status.REJECTED, "undecodable", 0);
      return;
    }
    int number = entry.attempt();
    counts.attempts.inc();
    if (entry.isRetry()) {
      counts.retries.inc();
    }
    CompletionStage<AttemptResult<O>> call =
        attempts.call(new Attempt<>(input, message.id(), number, message));
    entry.call = call;
    call.whenComplete(
        (result, error) ->
            mailbox.execute(() -> completed(entry, number, result, error), "an attempt has ended"));
  }

  private void completed(Entry entry, int number, AttemptResult<O> result, Throwable error)
      throws Exception {
    if (entry.place != Entry.Place.RUNNING || entry.attempt() != number) {
      // It was given up before; its outcome says nothing any more.
      return;
    }
    long now = now();
    Unfinished unfinished = state.get(entry);
    Throwable cause = GuardedAttempts.unwrapped(error);
    AttemptVerdict verdict = attempts.judge(result, cause);
    String code = result == null ? GuardedAttempts.errorCode(cause) : result.code();
    if (verdict instanceof AttemptVerdict.Success) {
      scheduler.stopped(entry, null, true, now);
      if (result != null && result.value() != null) {
        if (hold.hasMadeLate(entry)) {
          counts.lateResults.inc();
        }
        output.collect(new StreamRecord<>(result.value(), unfinished.message().eventTimeMs()));
      }
      String answer = result == null ? AttemptResult.OK : code;
      finish(entry, unfinished, Status.APPLIED, answer, number);
    } else if (verdict instanceof AttemptVerdict.Permanent refusal) {
      scheduler.stopped(entry, null, true, now);
      finish(entry, unfinished, Status.REJECTED, refusal.code(), number);
    } else {
      boolean known = verdict instanceof AttemptVerdict.Transient;
      String dependency =
          verdict instanceof AttemptVerdict.Transient failure
              ? failure.dependency()
              : entry.dependency;
      scheduler.stopped(entry, known ? dependency : null, false, now);
      String detail = cause == null ? "" : cause.toString();
      failed(
          entry,
          unfinished,
          new FailedAttempt(number, entry.startedMs, now, known, dependency, code, detail));
    }
    proceed();
  }

  private void timeOut(Entry entry) throws Exception {
    counts.timeouts.inc();
    GuardedAttempts.cancel(entry.call);
    scheduler.stopped(entry, entry.dependency, false, now());
    FailedAttempt timeout =
        new FailedAttempt(
            entry.attempt(),
            entry.startedMs,
            now(),
            true,
            entry.dependency,
            FailedAttempt.TIMEOUT,
            "There was no outcome in time.");
    failed(entry, state.get(entry), timeout);
  }

  private void failed(Entry entry, Unfinished before, FailedAttempt failure) throws Exception {
    long now = now();
    RetryRules rules = scheduler.rules();
    int failures = before.failures().size() + 1;
    long dueMs = now + rules.backoff().pauseMs(failures, random);
    Unfinished after = before.failed(failure, dueMs);
    if (failures >= rules.attempts().maxAttempts()) {
      giveUp(entry, after, RetryDeadLetter.ATTEMPTS_EXHAUSTED);
    } else if (after.unknownFailures() >= rules.attempts().maxUnknown()) {
      giveUp(entry, after, RetryDeadLetter.UNKNOWN_ERRORS);
    } else if (dueMs >= after.deadlineMs()) {
      giveUp(entry, after, RetryDeadLetter.DEADLINE_PASSED);
    } else {
      state.put(entry, after);
      scheduler.delay(entry, dueMs, failure.dependency(), now);
      acknowledge(after.message(), Status.WAITING, failure.code(), failures);
    }
  }

  private void giveUp(Entry entry, Unfinished unfinished, String reason) throws Exception {
    RetryDeadLetter letter =
        new RetryDeadLetter(
            unfinished.message(), reason, unfinished.arrivedMs(), now(), unfinished.failures());
    output.collect(DEAD_LETTERS, new StreamRecord<>(letter, unfinished.message().eventTimeMs()));
    finish(entry, unfinished, Status.DEAD_LETTERED, reason, unfinished.failures().size());
  }

  private void finish(Entry entry, Unfinished unfinished, Status status, String code, int attempts)
      throws Exception {
    state.finish(entry, acknowledge(unfinished.message(), status, code, attempts));
    scheduler.remove(entry, now());
    hold.remove(entry);
  }

  private Acknowledgement acknowledge(
      RetryMessage message, Status status, String code, int attempts) {
    Acknowledgement acknowledgement = Acknowledgement.of(message, status, code, attempts, now());
    counts.acknowledged(status);
    output.collect(ACKNOWLEDGEMENTS, new StreamRecord<>(acknowledgement, message.eventTimeMs()));
    return acknowledgement;
  }

  private long now() {
    return getProcessingTimeService().getCurrentProcessingTime();
  }

  private void wakeUpAt(long timeMs) {
    boolean earlyEnough = timer != null && timerAtMs <= timeMs;
    if (timeMs == Long.MAX_VALUE || earlyEnough) {
      return;
    }
    if (timer != null) {
      timer.cancel(false);
    }
    timerAtMs = timeMs;
    timer =
        getProcessingTimeService()
            .registerTimer(
                timeMs,
                time -> {
                  timer = null;
                  proceed();
                });
  }

  /** The last one says that nothing follows, and what is unfinished does: the end emits it. */
  @Override
  public void processWatermark1(Watermark mark) throws Exception {
    if (!mark.equals(Watermark.MAX_WATERMARK)) {
      hold.onWatermark(mark.getTimestamp());
      hold.proceed(now());
    }
  }

  @Override
  public void processWatermark2(Watermark mark) {
    // Controls have no part in the time of the results.
  }

  @Override
  protected void processWatermarkStatus(WatermarkStatus status, int input) throws Exception {
    if (input == 0) {
      hold.onStatus(status.isIdle());
      hold.proceed(now());
    }
  }

  @Override
  public void endInput(int input) throws Exception {
    endedInputs |= input;
    if (endedInputs == BOTH_INPUTS) {
      // Nobody is left who could end a pause.
      scheduler.dependencies().resumeAll();
      proceed();
      while (scheduler.unfinished() > 0) {
        mailbox.yield();
      }
      processWatermark(Watermark.MAX_WATERMARK);
    }
  }

  @Override
  public void close() throws Exception {
    settings.handler().close();
    super.close();
  }
}
