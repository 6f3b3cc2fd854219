package io.onceflow.common.commit.simulation;

import io.onceflow.common.commit.CloseRequest;
import io.onceflow.common.commit.Decision;
import io.onceflow.common.commit.RegisterRules;
import io.onceflow.common.commit.ResolverRegister;
import io.onceflow.common.commit.StoreException;
import io.onceflow.common.commit.Verdict;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/** The person with the tool: closes the pipeline at a checkpoint and drives what is in doubt. */
final class SimulatedResolver {

  private static final String PIPELINE = "pipeline";

  private final Simulation simulation;
  private final MemoryRegister registers;
  private final List<MemoryStore> stores;
  private final ResolverRegister register;

  SimulatedResolver(Simulation simulation, MemoryRegister registers, List<MemoryStore> stores) {
    this.simulation = simulation;
    this.registers = registers;
    this.stores = stores;
    this.register = registers.connectResolver();
  }

  /** A request of the resolver. */
  private interface Request<R> {
    R run() throws StoreException;
  }

  /** Tries again what may be tried again. */
  private static <R> R retried(Request<R> request) throws StoreException {
    for (var tries = 0; ; tries++) {
      try {
        return request.run();
      } catch (StoreException e) {
        if (!e.retryable() || tries > 5) {
          throw e;
        }
      }
    }
  }

  /** Ends early when there is nothing to close, when it is too late, or when the network fails. */
  Object resolve() {
    try {
      var status = retried(() -> register.status(PIPELINE));
      if (status.isPresent() && close()) {
        drive();
      }
    } catch (StoreException e) {
      simulation.trace("resolver ends: " + e.getMessage());
    }
    return null;
  }

  private boolean close() throws StoreException {
    var status = retried(() -> register.status(PIPELINE)).orElseThrow();
    var votes = retried(() -> register.votes(PIPELINE));
    if (status.closed()) {
      return true;
    }
    var cut = simulation.cut(this::isWhole);
    if (cut == null) {
      return false;
    }
    var commit = new TreeSet<String>();
    cut.pending().forEach(epoch -> commit.addAll(RegisterRules.decidedIds(epoch)));
    var abort = new TreeSet<String>();
    for (var vote : votes) {
      if (vote.decision() == null
          && vote.checkpointId() <= cut.id()
          && !commit.contains(vote.transactionId())) {
        abort.add(vote.transactionId());
      }
    }
    var request = new CloseRequest(PIPELINE, cut.id(), cut.toString(), commit, abort);
    retried(
        () -> {
          register.close(request);
          return null;
        });
    simulation.trace("resolver closed at " + cut);
    return true;
  }

  /** Nothing that the checkpoint holds was given up. */
  private boolean isWhole(Checkpoint checkpoint) {
    return checkpoint
        .pending()
        .flatMap(epoch -> RegisterRules.decidedIds(epoch).stream())
        .noneMatch(id -> registers.decision(id) == Decision.ABORT);
  }

  private void drive() throws StoreException {
    for (var store : stores) {
      var session = new MemoryPreparedSession(store, "resolver", registers);
      for (var id : retried(session::inDoubt)) {
        var decision = retried(() -> register.decisions(PIPELINE)).get(id);
        if (decision == null) {
          var aborted = retried(() -> register.abort(PIPELINE, Set.of(id)));
          decision = aborted.contains(id) ? Decision.ABORT : Decision.COMMIT;
        }
        if (decision == Decision.ABORT) {
          retried(
              () -> {
                session.rollBack(id);
                return null;
              });
        } else if (retried(() -> session.commit(id)) != Verdict.COMMITTED) {
          simulation.lost(id);
        }
      }
    }
  }
}
