package io.onceflow.tool;

import io.onceflow.common.commit.SinkGate;
import io.onceflow.common.commit.SinkId;
import io.onceflow.common.commit.StoreException;
import io.onceflow.common.commit.inspect.Actor;
import io.onceflow.common.commit.inspect.StoreInspector;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The sink's lease while it is settled, if its store keeps leases: a job that is started meanwhile
 * with {@code lease: refuse} waits or is refused, and does not fence the resolver. One that asks
 * for no lease does, and the resolver then stops; nothing else depends on it.
 */
final class ResolverLease implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(ResolverLease.class);

  private final SinkGate gate;

  private ResolverLease(SinkGate gate) {
    this.gate = gate;
  }

  static ResolverLease of(StoreInspector inspector, SinkId sinkId, Actor actor)
      throws StoreException {
    return new ResolverLease(
        inspector.gates().map(gates -> gates.connect(sinkId, actor.run())).orElse(null));
  }

  /** Only once the sink is claimed: whoever could not claim it disturbs nobody. */
  void take() throws StoreException {
    if (gate != null) {
      gate.takeOver();
    }
  }

  /** Gives it back, so that the restarted job need not wait. */
  @Override
  public void close() {
    if (gate != null) {
      try {
        gate.leave();
      } catch (StoreException e) {
        LOG.warn("The sink's lease was not given back and runs out by itself: {}", e.getMessage());
      }
      gate.close();
    }
  }
}
