package io.onceflow.ledger.model;

/**
 * What a {@link CommandGenerator} makes. Shares are per mille of all commands; what remains are
 * plain transfers.
 *
 * @param groups how many groups commands are spread over
 * @param accounts how many accounts each group has
 * @param malformed records that cannot be decoded
 * @param duplicate commands sent again, half of them with another body
 * @param refused commands that break a rule: the same account twice, unknown accounts, too much
 *     money
 * @param pending pending transfers
 * @param resolving posts and voids, some of pending transfers that do not exist yet or never will
 * @param linked chains
 * @param administrative opening and closing accounts after the start
 * @param jump records whose timestamp leaps ahead or falls back
 */
public record Mix(
    int groups,
    int accounts,
    int malformed,
    int duplicate,
    int refused,
    int pending,
    int resolving,
    int linked,
    int administrative,
    int jump) {

  /** Everything that can go wrong, often: for property tests. */
  public static Mix rough(int groups) {
    return new Mix(groups, 12, 30, 100, 120, 180, 180, 120, 15, 40);
  }

  /** What a payment system sees. */
  public static Mix usual(int groups, int accounts) {
    return new Mix(groups, accounts, 2, 10, 10, 80, 80, 30, 0, 0);
  }

  /** Plain transfers only. */
  public static Mix transfersOnly(int groups, int accounts) {
    return new Mix(groups, accounts, 0, 0, 0, 0, 0, 0, 0, 0);
  }
}
