package io.onceflow.testbed.chaos.report;

/**
 * What a campaign ends with.
 *
 * @param store the store, as on the command line
 * @param strategy the strategy, or the peer's name
 * @param stuck blocks in which the job did not come back
 * @param unexpected rows that nobody sent, with dirty reads, wrong order and illegal histories
 */
public record CampaignResult(
    String store,
    String strategy,
    long seed,
    int schedules,
    long kills,
    Losses losses,
    long stuck,
    long unexpected) {

  /** What the contract line counts. */
  public record Losses(long lost, long duplicated, long torn, long inDoubt) {

    public static final Losses NONE = new Losses(0, 0, 0, 0);

    public Losses plus(Losses more) {
      return new Losses(
          lost + more.lost, duplicated + more.duplicated, torn + more.torn, inDoubt + more.inDoubt);
    }

    boolean isNone() {
      return equals(NONE);
    }
  }

  /** True when nothing at all was found. */
  public boolean isClean() {
    return losses.isNone() && stuck == 0 && unexpected == 0;
  }

  /** The last line of a campaign's output. */
  public String line() {
    return "CHAOS %s schedules=%d kills=%d lost=%d duplicated=%d torn=%d in-doubt=%d strategy=%s stuck=%d unexpected=%d seed=%d"
        .formatted(
            store,
            schedules,
            kills,
            losses.lost(),
            losses.duplicated(),
            losses.torn(),
            losses.inDoubt(),
            strategy,
            stuck,
            unexpected,
            seed);
  }
}
