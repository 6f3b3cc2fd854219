package io.onceflow.tool;

import java.util.List;

/**
 * There is doubt: nothing more is done from here on, and the message says what the doubt is. What
 * was done before, such as taking the sink from the job's run, stays and is in {@link Deeds}.
 */
final class HeldException extends Exception {

  private static final long serialVersionUID = 1L;

  private final transient List<String> reasons;

  HeldException(List<String> reasons) {
    super(String.join("\n", reasons), null, false, false);
    this.reasons = List.copyOf(reasons);
  }

  HeldException(String reason) {
    this(List.of(reason));
  }

  List<String> reasons() {
    return reasons;
  }
}
