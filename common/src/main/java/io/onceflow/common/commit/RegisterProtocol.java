package io.onceflow.common.commit;

import io.onceflow.common.commit.RegisterRules.Member;
import io.onceflow.common.commit.RegisterRules.Pipeline;
import io.onceflow.common.commit.RegisterRules.Refusal;
import java.util.Collection;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * The steps of a {@link DecisionRegister}, free of any vendor: reads records, asks {@link
 * RegisterRules}, writes down what they say. Each step is one transaction of the caller's.
 *
 * @param <E> the store's errors
 */
public final class RegisterProtocol<E extends Exception> {

  private static final int FORGET_EVERY = 100;

  private final RegisterRecords<E> records;

  /**
   * @param records the records as the transaction of the next steps sees them
   */
  public RegisterProtocol(RegisterRecords<E> records) {
    this.records = records;
  }

  /** {@link DecisionRegister#open}. */
  public void open(RegisterClaim claim) throws E, StoreException {
    var pipeline = claim.pipeline();
    var known = records.pipeline(pipeline).orElse(null);
    var participant = records.participant(pipeline, claim.sinkId()).orElse(null);
    var closed = records.isClosed(pipeline, claim.runId());
    var admission = RegisterRules.admit(known, participant, closed, claim);
    if (admission instanceof RegisterRules.Refuse refuse) {
      throw new StoreException(ErrorClass.FENCED, refuse.message(), null);
    } else if (admission instanceof RegisterRules.Begin begin) {
      records.closeOwners(pipeline, claim.runId());
      records.write(begin.pipeline());
      records.abortVotesAfter(begin.pipeline(), claim.restoredCheckpointId());
      records.join(begin.pipeline(), claim);
    } else if (admission instanceof RegisterRules.Join) {
      records.closeOwner(pipeline, claim.sinkId(), claim.runId());
      records.join(known, claim);
    } else if (claim.gatherer() != null) {
      records.join(known, claim);
    }
  }

  /** {@link DecisionRegister#vote}. */
  public void vote(String pipeline, Member member, Epoch epoch) throws E, StoreException {
    var known = records.pipeline(pipeline).orElse(null);
    var participant = records.participant(pipeline, member.sinkId()).orElse(null);
    refuseIf(RegisterRules.refuseVote(known, participant, member, epoch.checkpointId()));
    if (!known.voted()) {
      records.write(RegisterRules.voted(known));
    }
    records.vote(known, epoch, member.gatherer());
  }

  /** {@link DecisionRegister#decideCommit}. */
  public void decideCommit(String pipeline, Member member, Epoch epoch) throws E, StoreException {
    var known = records.pipeline(pipeline).orElse(null);
    var participant = records.participant(pipeline, member.sinkId()).orElse(null);
    var ids = RegisterRules.decidedIds(epoch);
    var beside = records.abortedBeside(pipeline, ids);
    refuseIf(RegisterRules.refuseCommit(known, participant, member, epoch, aborted(ids), beside));
    var standing = records.decisionsOf(ids);
    refuseIf(RegisterRules.refuseOutOfOrder(known, participant, epoch, standing));
    if (standing.get(epoch.transactionId()) == null) {
      records.decided(pipeline, member.sinkId(), epoch.checkpointId());
    }
    records.decide(known, ids, Decision.COMMIT, epoch.checkpointId());
    records.write(RegisterRules.decided(known, epoch));
    // The committer settles one epoch after the other, so the one before is finished.
    records.finished(pipeline, member.sinkId(), epoch.previousCheckpointId());
    if (epoch.checkpointId() % FORGET_EVERY == 0) {
      records.forgetFinished(pipeline);
    }
  }

  /** {@link DecisionRegister#decideAbort}. */
  public Set<String> decideAbort(String pipeline, Member member, Collection<String> ids)
      throws E, StoreException {
    var known = records.pipeline(pipeline).orElse(null);
    var participant = records.participant(pipeline, member.sinkId()).orElse(null);
    refuseIf(RegisterRules.refuseAbort(known, participant, member));
    records.decide(known, ids, Decision.ABORT, known.lastDecidedCheckpointId());
    return aborted(ids);
  }

  /** {@link ResolverRegister#close(CloseRequest)}. */
  public void close(CloseRequest request) throws E, StoreException {
    var pipeline = request.pipeline();
    var known = records.pipeline(pipeline).orElse(null);
    refuseIf(refusal(known, request));
    var closed = RegisterRules.closed(known, request);
    var cut = request.cutCheckpointId();
    records.closeOwners(pipeline, null);
    records.write(closed);
    records.decide(closed, request.commit(), Decision.COMMIT, cut);
    records.decide(closed, request.abort(), Decision.ABORT, cut);
    records.abortVotesAfter(closed, cut);
  }

  private Refusal refusal(Pipeline known, CloseRequest request) throws E {
    var named = new HashSet<>(request.commit());
    named.addAll(request.abort());
    var unnamed = new HashSet<String>();
    var later = new HashSet<String>();
    for (var vote : records.votes(request.pipeline())) {
      var id = vote.transactionId();
      var isLater = vote.checkpointId() > request.cutCheckpointId();
      if (vote.decision() == null && !isLater && !named.contains(id)) {
        unnamed.add(id);
      }
      if (isLater && request.commit().contains(id)) {
        later.add(id);
      }
    }
    var standing = records.decisionsOf(named);
    return RegisterRules.refuseClose(known, request, standing, unnamed, later);
  }

  /** {@link ResolverRegister#abort(String, Collection)}. */
  public Set<String> abort(String pipeline, Collection<String> ids) throws E, StoreException {
    var known = records.pipeline(pipeline).orElse(null);
    refuseIf(RegisterRules.refuseResolversAbort(known, pipeline));
    records.decide(known, ids, Decision.ABORT, known.cutCheckpointId());
    return aborted(ids);
  }

  private Set<String> aborted(Collection<String> ids) throws E {
    return records.decisionsOf(ids).entrySet().stream()
        .filter(entry -> entry.getValue() == Decision.ABORT)
        .map(Map.Entry::getKey)
        .collect(Collectors.toSet());
  }

  private static void refuseIf(Refusal refusal) throws StoreException {
    if (refusal != null) {
      throw refusal.exception();
    }
  }
}
