package io.onceflow.tool;

import io.onceflow.common.commit.ResolverRegister;
import io.onceflow.common.commit.SinkId;
import io.onceflow.common.commit.StoreException;
import io.onceflow.common.commit.inspect.Actor;
import io.onceflow.common.commit.inspect.SinkInfo;
import io.onceflow.common.commit.inspect.StoreInspector;
import java.util.List;

/**
 * One way to settle what is in doubt, drafted and not yet carried out.
 *
 * @param sinks the sinks it settles
 * @param plans what is to be done for each
 * @param restartPath the only checkpoint to restart from afterwards
 * @param doubts throws when it must not be carried out
 * @param act carries it out
 */
record Settlement(
    List<SinkInfo> sinks, List<Plan> plans, String restartPath, Doubts doubts, Act act) {

  /** Throws when there is doubt. */
  interface Doubts {
    /**
     * @throws HeldException with all that is in doubt
     */
    void check() throws HeldException;
  }

  /** Carries it out. */
  interface Act {
    /** Fences first; may find new doubts then, and has noted what was done until there. */
    List<Resolver.Outcome> run(Deeds deeds) throws StoreException, HeldException;
  }

  boolean hasWork() {
    return plans.stream().anyMatch(Plan::hasWork);
  }

  /** By a checkpoint's metadata: TWO_PHASE. */
  static Settlement byCheckpoint(
      StoreInspector inspector, SinkInfo sink, NamedCheckpoint named, Actor actor)
      throws StoreException, HeldException {
    var sinkId = new SinkId(sink.sinkId());
    var view = CheckpointReader.read(sinkId, named.path());
    var resolver = new Resolver(inspector, sinkId, actor);
    var plan = resolver.plan(view);
    return new Settlement(
        List.of(sink),
        List.of(plan),
        named.path(),
        () -> {
          refuseOlder(named, view);
          Resolver.hold(plan);
        },
        deeds -> List.of(resolver.execute(view, Ruling.NONE, deeds)));
  }

  /** By the decision register, which a checkpoint may confirm: THREE_PHASE. */
  static Settlement byRegister(
      StoreInspector inspector, Registered registered, NamedCheckpoint named, Actor actor)
      throws StoreException, HeldException {
    var resolver =
        new PipelineResolver(inspector, registered.register(), registered.pipeline(), named, actor);
    var draft = resolver.draft();
    return new Settlement(
        List.copyOf(draft.plans().keySet()),
        List.copyOf(draft.plans().values()),
        draft.verdicts().restorePath().isEmpty()
            ? "<checkpoint %d>".formatted(draft.verdicts().cut())
            : draft.verdicts().restorePath(),
        () -> PipelineResolver.hold(draft),
        deeds -> resolver.execute(draft, deeds));
  }

  /** Where a pipeline's decisions are. */
  record Registered(ResolverRegister register, String pipeline) {}

  private static void refuseOlder(NamedCheckpoint named, CheckpointView view) throws HeldException {
    var doubts = named.doubts(view.checkpointId());
    if (!doubts.isEmpty()) {
      throw new HeldException(doubts);
    }
  }
}
