package io.onceflow.common.retry;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.apache.flink.runtime.state.storage.JobManagerCheckpointStorage;
import org.apache.flink.state.rocksdb.EmbeddedRocksDBStateBackend;
import org.apache.flink.state.rocksdb.RocksDBOptions;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.streaming.runtime.tasks.StreamTaskActionExecutor;
import org.apache.flink.streaming.runtime.tasks.mailbox.Mail;
import org.apache.flink.streaming.runtime.tasks.mailbox.MailboxExecutorImpl;
import org.apache.flink.streaming.runtime.tasks.mailbox.TaskMailbox;
import org.apache.flink.streaming.util.AbstractStreamOperatorTestHarness;
import org.apache.flink.streaming.util.KeyedTwoInputStreamOperatorTestHarness;
import org.apache.flink.util.OutputTag;
import org.apache.flink.util.function.RunnableWithException;

/** One incarnation of a {@link RetryOperator} subtask, in the virtual time of a {@link World}. */
final class RetryHarness implements AutoCloseable {

  private static final int MAX_PARALLELISM = 128;

  static final Classifier CLASSIFIER =
      Classifier.rules()
          .permanentCode("no-funds")
          .transientCode("busy", "default")
          .transientCode("bank-busy", "bank")
          .transientError(java.io.IOException.class, "default")
          .build();

  private final World world;
  final KeyedTwoInputStreamOperatorTestHarness<String, RetryMessage, RetryControl, String> harness;

  RetryHarness(World world, RetryRules rules, OrderPolicy order, OperatorSubtaskState from)
      throws Exception {
    this(world, rules, order, from, false, 1, 0);
  }

  RetryHarness(
      World world,
      RetryRules rules,
      OrderPolicy order,
      OperatorSubtaskState from,
      boolean rocksDb,
      int parallelism,
      int subtask)
      throws Exception {
    this.world = world;
    RetryOperator<String, String> operator =
        new RetryOperator<>(
            new RetrySettings<>(
                world.handler(),
                CLASSIFIER,
                rules,
                order,
                Duration.ofDays(1),
                Duration.ofSeconds(30),
                7L));
    harness =
        new KeyedTwoInputStreamOperatorTestHarness<>(
            operator, order::scope, null, Types.STRING, MAX_PARALLELISM, parallelism, subtask);
    // The harness does for factories only what a task does for all.
    operator.setMailboxExecutor(
        new MailboxExecutorImpl(harness.getTaskMailbox(), 0, StreamTaskActionExecutor.IMMEDIATE));
    if (rocksDb) {
      harness.setStateBackend(rocksDb());
    }
    harness.setCheckpointStorage(new JobManagerCheckpointStorage(1 << 28));
    harness.setup(
        Types.STRING.createSerializer(harness.getExecutionConfig().getSerializerConfig()));
    harness.setProcessingTime(world.nowMs);
    if (from == null) {
      harness.initializeEmptyState();
    } else {
      harness.initializeState(from);
    }
    harness.open();
    runMails();
  }

  /** The harness has too little managed memory for anything but flushing. */
  private static EmbeddedRocksDBStateBackend rocksDb() {
    Configuration configuration = new Configuration();
    configuration.set(RocksDBOptions.USE_MANAGED_MEMORY, false);
    return new EmbeddedRocksDBStateBackend()
        .configure(configuration, RetryHarness.class.getClassLoader());
  }

  static RetryHarness fresh(World world, RetryRules rules) throws Exception {
    return new RetryHarness(world, rules, OrderPolicy.STRICT_KEY, null);
  }

  /** One of two subtasks that restore the state of one. */
  static RetryHarness rescaled(
      World world, RetryRules rules, OperatorSubtaskState state, int subtask) throws Exception {
    OperatorSubtaskState part =
        AbstractStreamOperatorTestHarness.repartitionOperatorState(
            state, MAX_PARALLELISM, 1, 2, subtask);
    return new RetryHarness(world, rules, OrderPolicy.STRICT_KEY, part, false, 2, subtask);
  }

  void send(RetryMessage... messages) throws Exception {
    for (RetryMessage message : messages) {
      harness.processElement1(new StreamRecord<>(message, message.eventTimeMs()));
      runMails();
    }
  }

  void order(RetryControl control) throws Exception {
    harness.processElement2(new StreamRecord<>(control));
    runMails();
  }

  /** Lets time pass, in steps. */
  void advance(long byMs, long stepMs) throws Exception {
    long until = world.nowMs + byMs;
    while (world.nowMs < until) {
      step(Math.min(until, world.nowMs + stepMs));
    }
  }

  void step(long toMs) throws Exception {
    world.nowMs = toMs;
    harness.setProcessingTime(toMs);
    runMails();
    world.advance(toMs);
    runMails();
  }

  /** What happens while the operator waits, after the mails that are there already. */
  void mailDuringNextWait(RunnableWithException event) {
    new MailboxExecutorImpl(harness.getTaskMailbox(), 0, StreamTaskActionExecutor.IMMEDIATE)
        .execute(event::run, "an event");
  }

  void runMails() throws Exception {
    Optional<Mail> mail = harness.getTaskMailbox().tryTake(TaskMailbox.MIN_PRIORITY);
    while (mail.isPresent()) {
      mail.get().run();
      mail = harness.getTaskMailbox().tryTake(TaskMailbox.MIN_PRIORITY);
    }
  }

  OperatorSubtaskState snapshot(long checkpointId) throws Exception {
    harness.prepareSnapshotPreBarrier(checkpointId);
    return harness.snapshot(checkpointId, checkpointId);
  }

  /** What came out since the last call. */
  List<String> results() {
    List<String> values = harness.extractOutputValues();
    harness.getOutput().clear();
    return values;
  }

  List<Acknowledgement> acknowledgements() {
    return drain(RetryOperator.ACKNOWLEDGEMENTS);
  }

  List<Acknowledgement> finals() {
    return acknowledgements().stream().filter(Acknowledgement::isFinal).toList();
  }

  List<RetryDeadLetter> deadLetters() {
    return drain(RetryOperator.DEAD_LETTERS);
  }

  private <T> List<T> drain(OutputTag<T> tag) {
    ConcurrentLinkedQueue<StreamRecord<T>> queue = harness.getSideOutput(tag);
    List<T> values = new ArrayList<>();
    if (queue != null) {
      queue.forEach(element -> values.add(element.getValue()));
      queue.clear();
    }
    return values;
  }

  @Override
  public void close() {
    try {
      harness.close();
    } catch (Exception e) {
      throw new IllegalStateException("The subtask did not close.", e);
    }
  }
}
