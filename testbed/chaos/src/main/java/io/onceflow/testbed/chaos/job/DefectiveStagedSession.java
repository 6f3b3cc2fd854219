package io.onceflow.testbed.chaos.job;

import io.onceflow.common.commit.Epoch;
import io.onceflow.common.commit.SegmentPart;
import io.onceflow.common.commit.SegmentReader;
import io.onceflow.common.commit.StagedSession;
import io.onceflow.common.commit.StoreException;
import java.util.Comparator;
import java.util.List;

/** Applies one epoch wrongly, and no other one of its attempt. */
final class DefectiveStagedSession extends DelegatingSession<StagedSession>
    implements StagedSession {

  /** Sound epochs lie before. */
  private static final int FIRST_CHECKPOINT = 4;

  private static final int LEGS = 0;

  private final SideConnection side;
  private final Bug bug;
  private boolean done;

  DefectiveStagedSession(StagedSession session, SideConnection side, Bug bug) {
    super(session);
    this.side = side;
    this.bug = bug;
  }

  @Override
  public ApplyResult apply(Epoch epoch, SegmentReader segments) throws StoreException {
    if (done || epoch.checkpointId() < FIRST_CHECKPOINT || largest(epoch).isEmpty()) {
      return session.apply(epoch, segments);
    }
    done = true;
    switch (bug) {
      case SKIP_MARKER -> {
        var result = session.apply(epoch, segments);
        deleteMarker(epoch);
        return result;
      }
      case COMMIT_TWICE -> {
        session.apply(epoch, segments);
        deleteMarker(epoch);
        stepBack(epoch);
        return session.apply(epoch, segments);
      }
      case DROP_SEGMENT -> {
        return session.apply(without(largest(epoch), epoch), segments);
      }
      default -> {
        return session.apply(epoch, segments);
      }
    }
  }

  private void deleteMarker(Epoch epoch) throws StoreException {
    side.execute(
        "DELETE FROM onceflow.marker WHERE transaction_id = '%s'".formatted(epoch.transactionId()));
  }

  private void stepBack(Epoch epoch) throws StoreException {
    side.execute(
        "UPDATE onceflow.sink SET last_checkpoint_id = %d WHERE sink_id = '%s'"
            .formatted(epoch.previousCheckpointId(), epoch.sinkId()));
  }

  private static List<SegmentPart> largest(Epoch epoch) {
    return epoch.parts().stream()
        .filter(part -> part.target() == LEGS)
        .max(Comparator.comparingLong(SegmentPart::rows))
        .stream()
        .toList();
  }

  private static Epoch without(List<SegmentPart> dropped, Epoch epoch) {
    return epoch.with(
        epoch.parts().stream().filter(part -> !dropped.contains(part)).toList(),
        epoch.transactions(),
        epoch.orphans());
  }
}
