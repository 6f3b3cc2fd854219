package io.onceflow.common.retry;

import io.onceflow.common.config.OneLine;
import org.apache.flink.api.common.typeinfo.TypeInfo;

/** An order to all subtasks at run time. All but {@link Drain} are kept in state. */
@TypeInfo(RetryTypes.ControlFactory.class)
public sealed interface RetryControl {

  /**
   * No attempt at this dependency is started; those under way go on. Deadlines go on too.
   *
   * @param dependency which one
   */
  record Pause(String dependency) implements RetryControl {
    /** Makes the name what the operator calls the dependency. */
    public Pause {
      dependency = OneLine.of(dependency);
    }
  }

  /**
   * Ends a pause.
   *
   * @param dependency which one
   */
  record Resume(String dependency) implements RetryControl {
    /** Makes the name what the operator calls the dependency. */
    public Resume {
      dependency = OneLine.of(dependency);
    }
  }

  /**
   * Gives up, once, what has failed before and waits for this dependency: to the dead letters.
   *
   * @param dependency which one
   */
  record Drain(String dependency) implements RetryControl {
    /** Makes the name what the operator calls the dependency. */
    public Drain {
      dependency = OneLine.of(dependency);
    }
  }

  /**
   * Replaces all rules. Deadlines of messages that are here already stay.
   *
   * @param rules from now on
   */
  record ChangeRules(RetryRules rules) implements RetryControl {}
}
