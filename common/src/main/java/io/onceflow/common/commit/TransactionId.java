package io.onceflow.common.commit;

import io.onceflow.common.config.OneLine;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * The name of one subtask's transaction: {@code of.<sinkId>.<nonce>.<subtask>.<sequence>}. The
 * nonce is random and new for every attempt, so a name is never used twice.
 *
 * @param sinkId the sink
 * @param nonce the attempt that opened it, 32 hexadecimal digits
 * @param subtask for messages only: it is not an identity
 * @param sequence counts within the attempt
 */
public record TransactionId(SinkId sinkId, String nonce, int subtask, long sequence) {

  private static final Pattern FORM =
      Pattern.compile("of\\.([a-z0-9-]{1,40})\\.([0-9a-f]{32})\\.([0-9]{1,9})\\.([0-9]{1,18})");

  private static final Pattern NONCE = Pattern.compile("[0-9a-f]{32}");

  /** Checks all that gets into a statement, where a name cannot be a parameter. */
  public TransactionId {
    if (!NONCE.matcher(nonce).matches() || subtask < 0 || sequence < 0) {
      throw new IllegalArgumentException(
          "Nonce '%s', subtask %d and sequence %d are no transaction: 32 hexadecimal digits and two counters are."
              .formatted(OneLine.of(nonce), subtask, sequence));
    }
  }

  /**
   * Reads a name.
   *
   * @return empty when it is none of ours
   */
  public static Optional<TransactionId> parse(String text) {
    var match = FORM.matcher(text);
    if (!match.matches() || !SinkId.isValid(match.group(1))) {
      return Optional.empty();
    }
    return Optional.of(
        new TransactionId(
            new SinkId(match.group(1)),
            match.group(2),
            Integer.parseInt(match.group(3)),
            Long.parseLong(match.group(4))));
  }

  @Override
  public String toString() {
    return "of.%s.%s.%d.%d".formatted(sinkId, nonce, subtask, sequence);
  }
}
