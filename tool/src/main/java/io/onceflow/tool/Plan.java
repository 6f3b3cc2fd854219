package io.onceflow.tool;

import io.onceflow.common.commit.CommitScope;
import io.onceflow.common.commit.Epoch;
import io.onceflow.common.commit.PreparedTransaction;
import io.onceflow.common.commit.TransactionId;
import io.onceflow.common.commit.inspect.InDoubt;
import io.onceflow.common.commit.inspect.SinkInfo;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * What a checkpoint and the store together say about each transaction of a sink. Pure: it looks at
 * what was collected and touches nothing.
 *
 * @param sinkId the sink
 * @param checkpointId the checkpoint that decides
 * @param steps each transaction with what is to be done, in the order in which it is done
 * @param decide the epochs that are written down as being committed, oldest first; also empty ones
 *     between, so that the store's chain of epochs stays whole
 * @param staged epochs that only the restarted job can apply
 * @param doubts why nothing may be done; empty when the plan may be carried out
 */
record Plan(
    String sinkId,
    long checkpointId,
    List<Step> steps,
    List<Epoch> decide,
    List<StagedEpoch> staged,
    List<String> doubts) {

  Plan {
    steps = List.copyOf(steps);
    decide = List.copyOf(decide);
    staged = List.copyOf(staged);
    doubts = List.copyOf(doubts);
  }

  /** What is to be done about a transaction. */
  enum Verb {
    /** It is prepared, and the checkpoint contains it or a decision register says so. */
    COMMIT,
    /** The checkpoint contains it and its marker is there. */
    KEEP,
    /** The checkpoint contains it and it is neither prepared nor marked. */
    LOST,
    /** It is prepared and no checkpoint contains it. */
    ROLL_BACK,
    /** It is prepared under an id that this sink does not make. */
    HOLD
  }

  /**
   * One transaction.
   *
   * @param transactionId its id
   * @param checkpointId the checkpoint of its epoch, or null
   * @param rows its rows, or null when unknown
   * @param verb what is to be done
   * @param reason why
   */
  record Step(String transactionId, Long checkpointId, Long rows, Verb verb, String reason) {}

  /**
   * An epoch whose rows wait in segments.
   *
   * @param checkpointId its checkpoint
   * @param transactionId its id
   * @param rows its rows
   */
  record StagedEpoch(long checkpointId, String transactionId, long rows) {}

  /** The prepared transactions that the checkpoint's epochs name. */
  static List<String> named(CheckpointView view) {
    return view.epochs().stream()
        .flatMap(epoch -> epoch.transactions().stream())
        .map(PreparedTransaction::id)
        .toList();
  }

  /** Whether something would be changed. */
  boolean hasWork() {
    return steps.stream().anyMatch(step -> step.verb == Verb.COMMIT || step.verb == Verb.ROLL_BACK);
  }

  List<Step> of(Verb verb) {
    return steps.stream().filter(step -> step.verb == verb).toList();
  }

  /**
   * Makes the plan.
   *
   * @param prepared the sink's prepared transactions, read before {@code marked}
   * @param marked which of the checkpoint's transactions and epochs have a marker
   */
  static Plan make(
      CheckpointView view, SinkInfo sink, List<InDoubt> prepared, Collection<String> marked) {
    return new Builder(view, sink, prepared, Set.copyOf(marked)).build();
  }

  /** Collects the parts of a plan. */
  private static final class Builder {
    private final CheckpointView view;
    private final SinkInfo sink;
    private final Map<String, InDoubt> prepared;
    private final Set<String> marked;
    private final List<Step> steps = new ArrayList<>();
    private final List<Epoch> decide = new ArrayList<>();
    private final List<StagedEpoch> staged = new ArrayList<>();
    private final List<String> doubts = new ArrayList<>();

    Builder(CheckpointView view, SinkInfo sink, List<InDoubt> prepared, Set<String> marked) {
      this.view = view;
      this.sink = sink;
      this.prepared =
          prepared.stream().collect(Collectors.toMap(InDoubt::transactionId, Function.identity()));
      this.marked = marked;
    }

    Plan build() {
      checkCheckpoint();
      view.epochs().forEach(this::add);
      prepared.values().forEach(this::addUnnamed);
      if (!steps.isEmpty() && !named(view).isEmpty()) {
        decide.addAll(view.epochs());
        checkChain();
      }
      return new Plan(sink.sinkId(), view.checkpointId(), steps, decide, staged, doubts);
    }

    private void checkCheckpoint() {
      if (!view.lineage().equals(sink.lineage())) {
        doubts.add(
            "Checkpoint %d belongs to history %s, and the store is at history %s: it is not this store's checkpoint, or the sink has left that history."
                .formatted(view.checkpointId(), view.lineage(), sink.lineage()));
      }
      if (view.checkpointId() < sink.lastCheckpointId()) {
        doubts.add(
            "Checkpoint %d is older than checkpoint %d, whose epoch is committed or being committed: it cannot say what came after it. Name %s or a newer one."
                .formatted(
                    view.checkpointId(), sink.lastCheckpointId(), RestartCommand.path(sink)));
      }
    }

    private void add(Epoch epoch) {
      epoch.transactions().forEach(transaction -> add(epoch, transaction));
      if (isWaiting(epoch)) {
        staged.add(new StagedEpoch(epoch.checkpointId(), epoch.transactionId(), epoch.rows()));
      }
    }

    /** Whether it has rows in segments that nobody has applied. */
    private boolean isWaiting(Epoch epoch) {
      return !epoch.parts().isEmpty() && !marked.contains(epoch.transactionId());
    }

    private void add(Epoch epoch, PreparedTransaction transaction) {
      var found = prepared.get(transaction.id());
      var verb =
          found != null ? Verb.COMMIT : marked.contains(transaction.id()) ? Verb.KEEP : Verb.LOST;
      var reason =
          switch (verb) {
            case COMMIT -> "checkpoint %d contains it".formatted(view.checkpointId());
            case KEEP -> "committed before, as its marker proves";
            default ->
                "checkpoint %d contains it, but it is neither prepared nor is its marker there: somebody rolled it back, and its rows are lost"
                    .formatted(view.checkpointId());
          };
      steps.add(new Step(transaction.id(), epoch.checkpointId(), transaction.rows(), verb, reason));
      checkSettleable(found);
    }

    private void addUnnamed(InDoubt found) {
      if (steps.stream().anyMatch(step -> step.transactionId.equals(found.transactionId()))) {
        return;
      }
      var id = TransactionId.parse(found.transactionId());
      if (id.isEmpty()) {
        hold(found, "it begins like this sink's ids and has another form");
      } else if (view.decided().contains(found.transactionId())) {
        steps.add(
            new Step(
                found.transactionId(),
                null,
                null,
                Verb.COMMIT,
                "the decision register has recorded COMMIT for it, in an epoch before this checkpoint's or of a history that the sink has left"));
      } else {
        steps.add(
            new Step(
                found.transactionId(),
                null,
                null,
                Verb.ROLL_BACK,
                "checkpoint %d is the newest and has no use for it: its writer prepared it for a checkpoint that never completed"
                    .formatted(view.checkpointId())));
      }
      checkSettleable(found);
    }

    private void hold(InDoubt found, String why) {
      steps.add(new Step(found.transactionId(), null, null, Verb.HOLD, why));
      doubts.add("Transaction %s is not explained: %s.".formatted(found.transactionId(), why));
    }

    private void checkSettleable(InDoubt found) {
      if (found != null && !found.settleable()) {
        doubts.add(
            "Transaction %s was prepared by role %s in database %s: only that role can settle it, or a superuser, and only there."
                .formatted(found.transactionId(), found.owner(), found.database()));
      }
    }

    /** As the committer's own check: an epoch is decided right after the one before it. */
    private void checkChain() {
      view.epochs().stream()
          .filter(epoch -> epoch.transactions().isEmpty() && isWaiting(epoch))
          .forEach(
              epoch ->
                  doubts.add(
                      "The epoch of checkpoint %d waits in segments (strategy STAGED, or the first of an attempt) and is not applied: only the job, restarted from this checkpoint, can apply it before the prepared ones."
                          .formatted(epoch.checkpointId())));
      var last = sink.lastCheckpointId();
      for (var epoch : decide) {
        if (epoch.scope() == CommitScope.SINK && epoch.checkpointId() > last) {
          if (epoch.previousCheckpointId() != last) {
            doubts.add(
                "The epoch of checkpoint %d follows checkpoint %d, but the store is at %d: epochs between them are missing."
                    .formatted(epoch.checkpointId(), epoch.previousCheckpointId(), last));
          }
          last = epoch.checkpointId();
        }
      }
    }
  }
}
