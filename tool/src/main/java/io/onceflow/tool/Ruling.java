package io.onceflow.tool;

import io.onceflow.common.commit.Decision;
import io.onceflow.common.commit.ResolverRegister;
import io.onceflow.common.commit.StoreException;
import io.onceflow.tool.Plan.Step;
import io.onceflow.tool.Plan.Verb;
import java.util.ArrayList;
import java.util.List;

/** Confirms a plan, made after the fence, before it is carried out. */
interface Ruling {

  /** Nobody but the checkpoint decides. */
  Ruling NONE = plan -> {};

  /**
   * @throws HeldException when somebody decided otherwise
   */
  void confirm(Plan plan) throws StoreException, HeldException;

  /**
   * A closed pipeline of a register decides: what it knows nothing of turned up after closing and
   * is given up there first.
   */
  static Ruling of(ResolverRegister register, String pipeline) {
    return plan -> {
      var decisions = register.decisions(pipeline);
      var unknown =
          plan.of(Verb.ROLL_BACK).stream()
              .map(Step::transactionId)
              .filter(id -> !decisions.containsKey(id))
              .toList();
      var aborted = unknown.isEmpty() ? List.of() : List.copyOf(register.abort(pipeline, unknown));
      var reasons = new ArrayList<String>();
      for (var step : plan.steps()) {
        var id = step.transactionId();
        var decision = aborted.contains(id) ? Decision.ABORT : decisions.get(id);
        var wanted = step.verb() == Verb.ROLL_BACK ? Decision.ABORT : Decision.COMMIT;
        if (decision != wanted) {
          reasons.add(
              "Transaction %s: the plan is to %s it, and the register says %s."
                  .formatted(id, step.verb(), decision == null ? "nothing" : decision));
        }
      }
      if (!reasons.isEmpty()) {
        throw new HeldException(reasons);
      }
    };
  }
}
