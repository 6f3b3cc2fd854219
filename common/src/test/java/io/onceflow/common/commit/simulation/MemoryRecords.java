package io.onceflow.common.commit.simulation;

import io.onceflow.common.commit.Decision;
import io.onceflow.common.commit.Epoch;
import io.onceflow.common.commit.PipelineStatus;
import io.onceflow.common.commit.RegisterClaim;
import io.onceflow.common.commit.RegisterRecords;
import io.onceflow.common.commit.RegisterRules;
import io.onceflow.common.commit.RegisterRules.Member;
import io.onceflow.common.commit.RegisterRules.Participant;
import io.onceflow.common.commit.RegisterRules.Pipeline;
import io.onceflow.common.commit.RegisteredVote;
import io.onceflow.common.commit.SinkId;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** The records of one pipeline in memory. They check by themselves that decisions stand. */
final class MemoryRecords implements RegisterRecords<RuntimeException> {

  private final Set<Defect> defects;
  private final Map<String, Participant> participants = new HashMap<>();
  private final Set<String> closedRuns = new HashSet<>();
  private final Map<String, RegisteredVote> votes = new LinkedHashMap<>();
  private final Map<String, Decision> decisions = new HashMap<>();
  private Pipeline pipeline;
  private Member impersonated;
  private boolean blind;

  MemoryRecords(Set<Defect> defects) {
    this.defects = defects;
  }

  Map<String, Decision> decisions() {
    return decisions;
  }

  Optional<PipelineStatus> status(String name) {
    return Optional.ofNullable(pipeline)
        .map(
            known ->
                new PipelineStatus(
                    name,
                    known.closed(),
                    known.fence(),
                    known.lastDecidedCheckpointId(),
                    known.cutCheckpointId(),
                    known.restorePath(),
                    Map.of()));
  }

  /** The next step is this member's; only a defect makes use of it. */
  void actsAs(Member member) {
    impersonated = member;
  }

  /** With this defect the next step does not see what was decided. */
  void blindedBy(Defect defect) {
    impersonated = null;
    blind = defect != null && defects.contains(defect);
  }

  @Override
  public Optional<Pipeline> pipeline(String name) {
    return Optional.ofNullable(pipeline).map(known -> blind ? nothingDecided(known) : known);
  }

  private static Pipeline nothingDecided(Pipeline known) {
    return new Pipeline(
        known.name(),
        known.fence(),
        known.closed(),
        known.voted(),
        known.restoredCheckpointId(),
        0,
        known.cutCheckpointId(),
        known.restorePath());
  }

  @Override
  public Optional<Participant> participant(String name, SinkId sinkId) {
    if (defects.contains(Defect.REGISTER_NO_FENCE) && impersonated != null) {
      return Optional.of(
          new Participant(impersonated.runId(), impersonated.gatherer(), pipeline.fence(), null));
    }
    return Optional.ofNullable(participants.get(sinkId.value()));
  }

  @Override
  public boolean isClosed(String name, String runId) {
    return closedRuns.contains(runId);
  }

  @Override
  public void write(Pipeline next) {
    if (pipeline != null && next.fence() < pipeline.fence()) {
      throw new Violation("The fence falls from %d to %d.", pipeline.fence(), next.fence());
    }
    if (next.closed() && defects.contains(Defect.CLOSE_WITHOUT_FENCE)) {
      return;
    }
    pipeline = next;
  }

  @Override
  public void closeOwners(String name, String exceptRun) {
    if (exceptRun == null && defects.contains(Defect.CLOSE_WITHOUT_FENCE)) {
      return;
    }
    participants.values().stream()
        .map(Participant::ownerRun)
        .filter(run -> !run.equals(exceptRun))
        .forEach(closedRuns::add);
  }

  @Override
  public void closeOwner(String name, SinkId sinkId, String exceptRun) {
    var known = participants.get(sinkId.value());
    if (known != null && !known.ownerRun().equals(exceptRun)) {
      closedRuns.add(known.ownerRun());
    }
  }

  @Override
  public void join(Pipeline known, RegisterClaim claim) {
    var former = participants.get(claim.sinkId().value());
    var gatherer =
        claim.gatherer() == null && former != null ? former.gatherer() : claim.gatherer();
    var decided = former == null ? null : former.lastDecidedCheckpointId();
    var goesOn =
        decided != null
            && former.fence() == known.fence()
            && decided <= claim.restoredCheckpointId();
    participants.put(
        claim.sinkId().value(),
        new Participant(claim.runId(), gatherer, known.fence(), goesOn ? decided : null));
  }

  @Override
  public void vote(Pipeline known, Epoch epoch, String gatherer) {
    for (var id : RegisterRules.decidedIds(epoch)) {
      votes.putIfAbsent(
          id,
          new RegisteredVote(
              id,
              epoch.sinkId(),
              epoch.lineage(),
              epoch.checkpointId(),
              epoch.previousCheckpointId(),
              epoch.transactionId(),
              gatherer,
              known.fence(),
              epoch.rows(),
              epoch.restorePath(),
              null));
    }
  }

  @Override
  public List<RegisteredVote> votes(String name) {
    return votes.values().stream().map(this::withDecision).toList();
  }

  private RegisteredVote withDecision(RegisteredVote vote) {
    return new RegisteredVote(
        vote.transactionId(),
        vote.sinkId(),
        vote.lineage(),
        vote.checkpointId(),
        vote.previousCheckpointId(),
        vote.epochId(),
        vote.gatherer(),
        vote.fence(),
        vote.rows(),
        vote.restorePath(),
        decisions.get(vote.transactionId()));
  }

  @Override
  public void decide(Pipeline known, Collection<String> ids, Decision decision, long checkpointId) {
    for (var id : ids) {
      var standing = decisions.get(id);
      if (standing == null || defects.contains(Defect.REGISTER_OVERWRITES)) {
        decisions.put(id, decision);
      }
      if (standing != null && decisions.get(id) != standing) {
        throw new Violation("%s was decided %s and becomes %s.", id, standing, decision);
      }
    }
  }

  @Override
  public void abortVotesAfter(Pipeline known, long checkpointId) {
    if (!defects.contains(Defect.REGISTER_KEEPS_LATER_VOTES)) {
      for (var vote : votes.values()) {
        if (vote.checkpointId() > checkpointId) {
          decisions.putIfAbsent(vote.transactionId(), Decision.ABORT);
        }
      }
    }
  }

  @Override
  public Map<String, Decision> decisionsOf(Collection<String> ids) {
    var found = new HashMap<String, Decision>();
    for (var id : ids) {
      if (decisions.containsKey(id)) {
        found.put(id, decisions.get(id));
      }
    }
    return found;
  }

  @Override
  public Set<String> abortedBeside(String name, Collection<String> ids) {
    var beside = new HashSet<String>();
    for (var id : ids) {
      var mine = votes.get(id);
      for (var vote : votes.values()) {
        if (mine != null
            && vote.fence() == mine.fence()
            && vote.checkpointId() == mine.checkpointId()
            && decisions.get(vote.transactionId()) == Decision.ABORT) {
          beside.add(vote.transactionId());
        }
      }
    }
    return beside;
  }

  @Override
  public void decided(String name, SinkId sinkId, long checkpointId) {
    participants.computeIfPresent(
        sinkId.value(),
        (id, known) ->
            new Participant(known.ownerRun(), known.gatherer(), known.fence(), checkpointId));
  }

  @Override
  public void finished(String name, SinkId sinkId, long checkpointId) {}

  @Override
  public void forgetFinished(String name) {}
}
