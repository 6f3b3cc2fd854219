package io.onceflow.common.commit;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.OptionalLong;
import java.util.Set;

/**
 * The gatherer's part of the protocol, without Flink: claims the sink and the pipeline, lists what
 * earlier attempts left prepared, collects segments, makes epochs and votes. One for each attempt
 * of a gatherer; used by its task's thread.
 */
final class EpochAssembly implements AutoCloseable {

  private final SinkSettings settings;
  private final String incarnation;
  private final StoreCalls<DecisionRegister> register;
  private final List<SegmentPart> parts = new ArrayList<>();
  private final List<PreparedTransaction> transactions = new ArrayList<>();
  private final Set<String> liveWriters = new HashSet<>();

  private History history;
  private Set<String> fencedRuns = Set.of();
  private List<String> preparedAtStart = List.of();
  private long sequence;
  private long watermarkMs = Long.MIN_VALUE;
  private int announced;
  private int received;

  /**
   * What a checkpoint keeps of it.
   *
   * @param lineage the sink's history
   * @param previousCheckpointId the checkpoint of the newest epoch
   */
  record History(String lineage, long previousCheckpointId) {}

  /** Where and when an epoch is made. */
  record Place(int subtask, String jobId, long nowMs) {}

  /**
   * @param incarnation a name that no other attempt has
   * @param register the decision register of THREE_PHASE, or null
   */
  EpochAssembly(SinkSettings settings, String incarnation, StoreCalls<DecisionRegister> register) {
    this.settings = settings;
    this.incarnation = incarnation;
    this.register = register;
  }

  /**
   * Claims the sink, before anything else.
   *
   * @param restored what the checkpoint kept, or null
   */
  void claim(StoreCalls<StoreSession> calls, History restored, OptionalLong restoredCheckpointId)
      throws IOException, InterruptedException {
    var lineage = restored == null ? null : restored.lineage();
    var request = settings.openRequest(lineage, restoredCheckpointId);
    calls.runOnceForAll(session -> session.preflight());
    var opened = calls.call(session -> session.open(request));
    fencedRuns = opened.fencedRuns();
    history =
        opened.lineage().equals(lineage)
            ? restored
            : new History(opened.lineage(), opened.lastCheckpointId());
    CrashPoints.reach(CrashPoints.CLAIM_AFTER);
    if (settings.strategy() == CommitStrategy.PREPARED) {
      claimPipeline(request);
      preparedAtStart = calls.call(session -> ((PreparedSession) session).inDoubt());
    }
  }

  private void claimPipeline(OpenRequest request) throws IOException, InterruptedException {
    if (register != null) {
      var claim = settings.registerClaim(request, incarnation);
      register.run(session -> session.open(claim));
    }
  }

  /** So many segments are on their way. */
  void announce(int segments) {
    announced += segments;
  }

  /** A writer's part of the epoch under way. */
  void add(Segment segment) {
    received++;
    liveWriters.add(segment.writer());
    parts.addAll(segment.parts());
    if (segment.transaction() != null) {
      transactions.add(segment.transaction());
    }
  }

  void watermark(long ms) {
    watermarkMs = Math.max(watermarkMs, ms);
  }

  /**
   * Makes the epoch of a checkpoint and votes for it; nothing may pass on before this returns. Also
   * an empty epoch gets its marker: the store then knows every checkpoint of the lineage.
   */
  Epoch makeEpoch(long checkpointId, Place place) throws IOException, InterruptedException {
    if (announced != received) {
      throw new IOException(
          "Sink '%s' was told of %d segments for checkpoint %d and got %d: the edges before the gatherer lost some."
              .formatted(settings.sinkId(), announced, checkpointId, received));
    }
    CrashPoints.reach(CrashPoints.GATHER_BEFORE_EMIT);
    parts.sort(Comparator.comparingInt(SegmentPart::target));
    var epoch =
        new Epoch(
            settings.sinkId(),
            history.lineage(),
            checkpointId,
            history.previousCheckpointId(),
            settings.scope(),
            place.subtask(),
            "of.%s.%s.%d.%d".formatted(settings.sinkId(), incarnation, place.subtask(), sequence++),
            watermarkMs,
            place.nowMs(),
            settings.restorePath(place.jobId(), checkpointId),
            parts,
            transactions,
            preparedAtStart);
    vote(epoch);
    history = new History(history.lineage(), checkpointId);
    parts.clear();
    transactions.clear();
    preparedAtStart = List.of();
    announced = 0;
    received = 0;
    return epoch;
  }

  private void vote(Epoch epoch) throws IOException, InterruptedException {
    if (register != null) {
      CrashPoints.reach(CrashPoints.VOTE_BEFORE);
      register.run(session -> session.vote(epoch));
      CrashPoints.reach(CrashPoints.VOTE_AFTER);
    }
  }

  /** What the next checkpoint has to keep. */
  History history() {
    return history;
  }

  /** The runs that claimed the sink before; none of them can commit again. */
  Set<String> fencedRuns() {
    return fencedRuns;
  }

  /** The writer attempts that segments came from. */
  Set<String> liveWriters() {
    return liveWriters;
  }

  @Override
  public void close() {
    if (register != null) {
      register.close();
    }
  }
}
