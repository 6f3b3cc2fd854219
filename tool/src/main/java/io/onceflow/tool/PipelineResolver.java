package io.onceflow.tool;

import io.onceflow.common.commit.CloseRequest;
import io.onceflow.common.commit.CrashPoints;
import io.onceflow.common.commit.ErrorClass;
import io.onceflow.common.commit.RegisteredVote;
import io.onceflow.common.commit.ResolverRegister;
import io.onceflow.common.commit.SinkId;
import io.onceflow.common.commit.StoreException;
import io.onceflow.common.commit.inspect.Action;
import io.onceflow.common.commit.inspect.Actor;
import io.onceflow.common.commit.inspect.AuditRow;
import io.onceflow.common.commit.inspect.InDoubt;
import io.onceflow.common.commit.inspect.SinkInfo;
import io.onceflow.common.commit.inspect.StoreInspector;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Settles a pipeline of protocol THREE_PHASE: closes it in the register with all verdicts, then has
 * each of its sinks in this store settled by them. With a checkpoint, the register and its metadata
 * must agree; without one, the register alone decides.
 */
final class PipelineResolver {

  /** The pipeline is closed and everything is recorded, nothing is settled. */
  static final String AFTER_CLOSE = "resolve-after-close";

  private final StoreInspector inspector;
  private final ResolverRegister register;
  private final String pipeline;
  private final NamedCheckpoint checkpoint;
  private final Actor actor;

  /**
   * @param checkpoint the checkpoint that confirms the register, or null
   */
  PipelineResolver(
      StoreInspector inspector,
      ResolverRegister register,
      String pipeline,
      NamedCheckpoint checkpoint,
      Actor actor) {
    this.inspector = inspector;
    this.register = register;
    this.pipeline = pipeline;
    this.checkpoint = checkpoint;
    this.actor = actor;
  }

  /**
   * What is to be done.
   *
   * @param verdicts what is recorded
   * @param doubts why nothing may be done, besides what the plans say
   * @param views what each sink of this store has to settle
   * @param plans how
   */
  record Draft(
      Verdicts verdicts,
      List<String> doubts,
      Map<SinkInfo, CheckpointView> views,
      Map<SinkInfo, Plan> plans) {}

  /** Looks at the register, the checkpoint and the store; changes nothing. */
  Draft draft() throws StoreException, HeldException {
    var look = RegisterLook.at(register, pipeline);
    var sinks = sinksHere(look);
    var prepared = new ArrayList<String>();
    for (var sink : sinks) {
      resolver(sink).preparedHere().stream().map(InDoubt::transactionId).forEach(prepared::add);
    }
    var verdicts = verdicts(look, prepared);
    var views = new LinkedHashMap<SinkInfo, CheckpointView>();
    var plans = new LinkedHashMap<SinkInfo, Plan>();
    for (var sink : sinks) {
      var view = look.view(sink, verdicts);
      views.put(sink, view);
      plans.put(sink, resolver(sink).plan(view));
    }
    return new Draft(verdicts, doubts(look, verdicts), views, plans);
  }

  private List<String> doubts(RegisterLook look, Verdicts verdicts) {
    var doubts = new ArrayList<>(verdicts.doubts());
    // A closed pipeline has its cut; what lies beside it was given up.
    if (checkpoint != null && !look.status().closed()) {
      doubts.addAll(checkpoint.doubts(verdicts.cut()));
    }
    return doubts;
  }

  private List<SinkInfo> sinksHere(RegisterLook look) throws StoreException {
    var ids = look.votes().stream().map(vote -> vote.sinkId().value()).distinct().toList();
    return inspector.sinks().stream().filter(sink -> ids.contains(sink.sinkId())).toList();
  }

  private Verdicts verdicts(RegisterLook look, List<String> prepared) throws HeldException {
    if (checkpoint == null) {
      return Verdicts.ofRegister(look.status(), look.votes(), prepared);
    }
    var views = new ArrayList<CheckpointView>();
    for (var sinkId : look.votes().stream().map(RegisteredVote::sinkId).distinct().toList()) {
      if (look.takesPart(sinkId)) {
        views.add(CheckpointReader.read(sinkId, checkpoint.path()));
      } else {
        // What the checkpoint should name of it and does not is found by comparing.
        var view = CheckpointReader.find(sinkId, checkpoint.path());
        views.addAll(view.epochs().isEmpty() ? List.of() : List.of(view));
      }
    }
    if (views.isEmpty()) {
      throw new HeldException(
          "Pipeline '%s' has no votes for what the checkpoint holds, so the register cannot confirm the checkpoint."
              .formatted(pipeline));
    }
    return Verdicts.ofCheckpoint(look.status(), look.votes(), prepared, views);
  }

  private Resolver resolver(SinkInfo sink) {
    return new Resolver(inspector, new SinkId(sink.sinkId()), actor);
  }

  /** Throws when any part of the draft is in doubt. */
  static void hold(Draft draft) throws HeldException {
    if (!draft.doubts().isEmpty()) {
      throw new HeldException(draft.doubts());
    }
    for (var plan : draft.plans().values()) {
      Resolver.hold(plan);
    }
  }

  /** Records everything in one step, then settles sink by sink. */
  List<Resolver.Outcome> execute(Draft draft, Deeds deeds) throws StoreException, HeldException {
    var verdicts = draft.verdicts();
    for (var sink : draft.plans().keySet()) {
      inspector.record(
          new AuditRow(
              null,
              sink.sinkId(),
              "pipeline " + pipeline,
              Action.FENCE,
              "closing it at checkpoint " + verdicts.cut(),
              actor));
    }
    close(verdicts);
    deeds.add(
        "Pipeline '%s' is closed at checkpoint %d in the register: its run is fenced, %d id(s) were recorded as COMMIT and %d as ABORT."
            .formatted(
                pipeline, verdicts.cut(), verdicts.commit().size(), verdicts.abort().size()));
    CrashPoints.reach(AFTER_CLOSE);
    var outcomes = new ArrayList<Resolver.Outcome>();
    for (var entry : draft.views().entrySet()) {
      outcomes.add(
          resolver(entry.getKey()).execute(entry.getValue(), Ruling.of(register, pipeline), deeds));
    }
    return outcomes;
  }

  private void close(Verdicts verdicts) throws StoreException, HeldException {
    try {
      register.close(
          new CloseRequest(
              pipeline,
              verdicts.cut(),
              verdicts.restorePath(),
              verdicts.commit(),
              verdicts.abort()));
    } catch (StoreException e) {
      if (e.errorClass() == ErrorClass.FENCED) {
        throw new HeldException(e.getMessage());
      }
      throw e;
    }
  }
}
