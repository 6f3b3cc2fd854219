package io.onceflow.common.retry;

import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Classifies by lists. A code without a rule is a success, an error without a rule is unknown. An
 * error is judged by the first rule, in the order they were given, that names a class of it; when
 * there is none, by its cause, and so on.
 */
public final class RuleClassifier implements Classifier {

  private static final long serialVersionUID = 1L;
  private static final int MAX_CAUSES = 16;

  private final HashMap<String, Rule> codes;
  private final LinkedHashMap<Class<? extends Throwable>, Rule> errors;

  private RuleClassifier(Builder builder) {
    codes = new HashMap<>(builder.codes);
    errors = new LinkedHashMap<>(builder.errors);
  }

  @Override
  public AttemptVerdict ofCode(String code) {
    Rule rule = codes.get(code);
    return rule == null ? new AttemptVerdict.Success() : rule.verdict();
  }

  @Override
  public AttemptVerdict ofError(Throwable error) {
    Throwable cause = error;
    for (int depth = 0; cause != null && depth < MAX_CAUSES; depth++, cause = cause.getCause()) {
      for (Map.Entry<Class<? extends Throwable>, Rule> rule : errors.entrySet()) {
        if (rule.getKey().isInstance(cause)) {
          return rule.getValue().verdict();
        }
      }
    }
    return new AttemptVerdict.Unknown();
  }

  /** A verdict that can be sent with the job. */
  private record Rule(boolean refusal, String name) implements java.io.Serializable {
    AttemptVerdict verdict() {
      return refusal ? new AttemptVerdict.Permanent(name) : new AttemptVerdict.Transient(name);
    }
  }

  /** Collects rules. */
  public static final class Builder {

    private final Map<String, Rule> codes = new HashMap<>();
    private final Map<Class<? extends Throwable>, Rule> errors = new LinkedHashMap<>();

    /** The answer refuses the message for good; the code is passed on. */
    public Builder permanentCode(String code) {
      codes.put(code, new Rule(true, code));
      return this;
    }

    /** The answer says that a dependency fails for now. */
    public Builder transientCode(String code, String dependency) {
      codes.put(code, new Rule(false, dependency));
      return this;
    }

    /** The error refuses the message for good, under this code. */
    public Builder permanentError(Class<? extends Throwable> type, String code) {
      errors.put(type, new Rule(true, code));
      return this;
    }

    /** The error says that a dependency fails for now. */
    public Builder transientError(Class<? extends Throwable> type, String dependency) {
      errors.put(type, new Rule(false, dependency));
      return this;
    }

    /** The classifier. */
    public RuleClassifier build() {
      return new RuleClassifier(this);
    }
  }
}
