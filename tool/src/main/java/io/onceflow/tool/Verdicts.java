package io.onceflow.tool;

import io.onceflow.common.commit.Decision;
import io.onceflow.common.commit.PipelineStatus;
import io.onceflow.common.commit.RegisteredVote;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * What a decision register says about each transaction of a pipeline, and what follows for those it
 * has not decided. Pure.
 *
 * <p>A checkpoint contains what the gatherers that reported for it had reported before: an attempt
 * keeps what it has emitted. So an undecided transaction up to the cut is committed exactly if its
 * gatherer also reported for the cut.
 *
 * @param cut the checkpoint that decides, and the only one to restart from
 * @param restorePath where it is found
 * @param commit undecided ids that the cut contains
 * @param abort undecided ids that it does not contain
 * @param doubts why nothing may be recorded
 */
record Verdicts(
    long cut, String restorePath, Set<String> commit, Set<String> abort, List<String> doubts) {

  Verdicts {
    commit = Set.copyOf(commit);
    abort = Set.copyOf(abort);
    doubts = List.copyOf(doubts);
  }

  /**
   * Without a checkpoint: the newest decided one is the cut, since it has completed for all sinks.
   */
  static Verdicts ofRegister(
      PipelineStatus status, List<RegisteredVote> votes, Collection<String> prepared) {
    var cut = status.closed() ? status.cutCheckpointId() : status.lastDecidedCheckpointId();
    var verdicts = choose(cut, status.restorePath(), votes, prepared, Map.of());
    if (cut > 0) {
      return verdicts;
    }
    return verdicts.withDoubts(
        List.of(
            "Pipeline '%s' has not decided about any checkpoint yet: name the newest completed one with --checkpoint, if there is one."
                .formatted(status.pipeline())));
  }

  /**
   * With a checkpoint that register and metadata must agree about.
   *
   * @param views what the checkpoint holds of each sink of the pipeline
   */
  static Verdicts ofCheckpoint(
      PipelineStatus status,
      List<RegisteredVote> votes,
      Collection<String> prepared,
      Collection<CheckpointView> views) {
    var first = views.iterator().next();
    var named = new HashSet<String>();
    for (var view : views) {
      named.addAll(Plan.named(view));
      view.epochs().forEach(epoch -> named.add(epoch.transactionId()));
    }
    var decisions =
        votes.stream()
            .filter(vote -> vote.decision() != null)
            .collect(Collectors.toMap(RegisteredVote::transactionId, RegisteredVote::decision));
    var verdicts = choose(first.checkpointId(), first.path(), votes, prepared, decisions);
    var doubts = new ArrayList<String>();
    checkCut(status, first.checkpointId(), doubts);
    var voted = votes.stream().map(RegisteredVote::transactionId).collect(Collectors.toSet());
    disagree(
        "Checkpoint %d names %s, which nobody has reported to the register.",
        first, named, voted, doubts);
    disagree(
        "The register has %2$s up to checkpoint %1$d, and the checkpoint does not name it.",
        first, verdicts.commit, named, doubts);
    var given = new TreeSet<>(verdicts.abort);
    decisions.forEach((id, decision) -> addIf(decision == Decision.ABORT, id, given));
    given.retainAll(named);
    disagree(
        "Checkpoint %d names %s, and the register has given it up.",
        first, given, Set.of(), doubts);
    return verdicts.withDoubts(doubts);
  }

  private static void addIf(boolean condition, String id, Set<String> ids) {
    if (condition) {
      ids.add(id);
    }
  }

  private static void checkCut(PipelineStatus status, long cut, List<String> doubts) {
    if (status.closed() && cut != status.cutCheckpointId()) {
      doubts.add(
          "Pipeline '%s' was closed at checkpoint %d already: resolve by the register alone, or name that checkpoint."
              .formatted(status.pipeline(), status.cutCheckpointId()));
    } else if (cut < status.lastDecidedCheckpointId()) {
      doubts.add(
          "Checkpoint %d is older than checkpoint %d, which pipeline '%s' has decided to commit (%s)."
              .formatted(
                  cut, status.lastDecidedCheckpointId(), status.pipeline(), status.restorePath()));
    }
  }

  private static void disagree(
      String text, CheckpointView view, Set<String> ids, Set<String> without, List<String> doubts) {
    var odd = new TreeSet<>(ids);
    odd.removeAll(without);
    odd.forEach(id -> doubts.add(text.formatted(view.checkpointId(), id)));
  }

  private static Verdicts choose(
      long cut,
      String restorePath,
      List<RegisteredVote> votes,
      Collection<String> prepared,
      Map<String, Decision> known) {
    var gatherersAtCut =
        votes.stream()
            .filter(vote -> vote.checkpointId() == cut)
            .map(Verdicts::gatherer)
            .collect(Collectors.toSet());
    var commit = new HashSet<String>();
    var abort = new HashSet<String>();
    for (var vote : votes) {
      if (vote.decision() == null) {
        var contained = vote.checkpointId() <= cut && gatherersAtCut.contains(gatherer(vote));
        (contained ? commit : abort).add(vote.transactionId());
      }
    }
    var voted = votes.stream().map(RegisteredVote::transactionId).collect(Collectors.toSet());
    prepared.stream()
        .filter(id -> !voted.contains(id) && !known.containsKey(id))
        .forEach(abort::add);
    return new Verdicts(cut, restorePath, commit, abort, List.of());
  }

  private static String gatherer(RegisteredVote vote) {
    return vote.sinkId() + "/" + vote.gatherer();
  }

  private Verdicts withDoubts(List<String> more) {
    return new Verdicts(cut, restorePath, commit, abort, more);
  }
}
