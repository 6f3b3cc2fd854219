package io.onceflow.tool;

import io.onceflow.common.commit.TransactionId;
import io.onceflow.common.commit.inspect.InDoubt;
import io.onceflow.common.commit.inspect.SinkInfo;
import java.time.Duration;
import java.time.Instant;
import java.util.List;

/**
 * One prepared transaction, explained.
 *
 * @param transactionId its id
 * @param sinkId whose it is, or null for a foreign one
 * @param incarnation the nonce of the writer that prepared it, or null
 * @param subtask the writer's subtask, or null
 * @param sequence which of the writer's transactions it is, or null
 * @param vote what is recorded about it
 * @param preparedAt when it was prepared, or null when the store does not say
 * @param ageMs for how long it has been prepared, or null
 * @param owner the role that prepared it, or null when the store does not say
 * @param database where it was prepared, or null when the store does not say
 * @param locks what it holds, or null when the store does not show it
 * @param waiters who waits for it
 * @param why why it is there
 * @param wayOut what resolves it
 */
record Doubt(
    String transactionId,
    String sinkId,
    String incarnation,
    Integer subtask,
    Long sequence,
    String vote,
    Instant preparedAt,
    Long ageMs,
    String owner,
    String database,
    List<InDoubt.Lock> locks,
    List<InDoubt.Waiter> waiters,
    String why,
    String wayOut) {

  /** One of ours. */
  static Doubt own(
      InDoubt found,
      TransactionId name,
      SinkInfo sink,
      Liveness liveness,
      String vote,
      Instant now) {
    return new Doubt(
        found.transactionId(),
        name.sinkId().value(),
        name.nonce(),
        name.subtask(),
        name.sequence(),
        vote,
        found.preparedAt(),
        age(found, now),
        found.owner(),
        found.database(),
        found.locks(),
        found.waiters(),
        why(sink, liveness),
        wayOut(name, sink, liveness));
  }

  /** Somebody else's; it is shown and never touched. */
  static Doubt foreign(InDoubt found, Instant now) {
    return new Doubt(
        found.transactionId(),
        null,
        null,
        null,
        null,
        "not ours",
        found.preparedAt(),
        age(found, now),
        found.owner(),
        found.database(),
        found.locks(),
        found.waiters(),
        "It does not carry an Onceflow transaction id, so another program prepared it.",
        "Only its own program can say; this tool never touches it.");
  }

  private static Long age(InDoubt found, Instant now) {
    return found.preparedAt() == null ? null : Duration.between(found.preparedAt(), now).toMillis();
  }

  private static String why(SinkInfo sink, Liveness liveness) {
    if (sink == null) {
      return "It carries the id of a sink that this store has no record of: its onceflow tables were emptied or restored from elsewhere.";
    }
    if (liveness.isAlive()) {
      return "Its writer has prepared it at a checkpoint's barrier, and the job seems to be alive: it commits when that checkpoint has completed.";
    }
    return "Its writer has prepared it at a checkpoint's barrier. The job is gone, so nobody has committed it or rolled it back.";
  }

  private static String wayOut(TransactionId name, SinkInfo sink, Liveness liveness) {
    if (sink == null) {
      return "Find the job that writes as sink '%s' and the database it wrote to; hold until then."
          .formatted(name.sinkId());
    }
    if (liveness.isAlive()) {
      return "Nothing to do: the job's next completed checkpoint or its restart settles it.";
    }
    return "Restart the job from %s or a newer checkpoint of the same history, or: onceflow resolve --sink %s --checkpoint PATH with its newest completed checkpoint."
        .formatted(RestartCommand.path(sink), name.sinkId());
  }
}
