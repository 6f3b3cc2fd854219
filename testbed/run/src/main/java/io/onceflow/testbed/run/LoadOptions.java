package io.onceflow.testbed.run;

import io.onceflow.ledger.model.CommandGenerator;
import io.onceflow.ledger.model.Mix;
import io.onceflow.testbed.run.load.CommandSource;
import io.onceflow.testbed.run.load.GeneratedSource;
import io.onceflow.testbed.run.load.NumbersSource;
import picocli.CommandLine.Option;

/** What the generator makes. Shares are per mille of all commands; the rest are plain transfers. */
final class LoadOptions {

  private static final int ALL = 1000;

  @Option(
      names = "--seed",
      defaultValue = "1",
      description = "The same seed gives the same commands. Default: ${DEFAULT-VALUE}.")
  long seed;

  @Option(
      names = "--groups",
      defaultValue = "16",
      description = "Groups commands are spread over. Default: ${DEFAULT-VALUE}.")
  int groups;

  @Option(
      names = "--accounts",
      defaultValue = "200",
      description = "Accounts of each group. Default: ${DEFAULT-VALUE}.")
  int accounts;

  @Option(
      names = "--malformed",
      defaultValue = "2",
      description = "Per mille that cannot be decoded. Default: ${DEFAULT-VALUE}.")
  int malformed;

  @Option(
      names = "--duplicate",
      defaultValue = "10",
      description = "Per mille sent again, half with another body. Default: ${DEFAULT-VALUE}.")
  int duplicate;

  @Option(
      names = "--out-of-order",
      defaultValue = "5",
      description = "Per mille sent up to 100 commands too late. Default: ${DEFAULT-VALUE}.")
  int outOfOrder;

  @Option(
      names = "--refused",
      defaultValue = "10",
      description = "Per mille that break a rule. Default: ${DEFAULT-VALUE}.")
  int refused;

  @Option(
      names = "--pending",
      defaultValue = "80",
      description =
          "Per mille of pending transfers, and as many posts and voids. Default: ${DEFAULT-VALUE}.")
  int pending;

  @Option(
      names = "--linked",
      defaultValue = "30",
      description = "Per mille of chains. Default: ${DEFAULT-VALUE}.")
  int linked;

  /** Throws on what cannot be generated. */
  void check() {
    RunOptions.require(groups > 0 && groups <= 10_000, "--groups " + groups, "must be 1 to 10000");
    RunOptions.require(
        accounts > 1 && accounts <= 1_000_000, "--accounts " + accounts, "must be 2 to 1000000");
    share("--malformed", malformed);
    share("--duplicate", duplicate);
    share("--out-of-order", outOfOrder);
    share("--refused", refused);
    share("--pending", pending);
    share("--linked", linked);
    int sum = malformed + duplicate + refused + 2 * pending + linked;
    RunOptions.require(
        sum <= ALL,
        "the shares",
        "malformed + duplicate + refused + 2 * pending + linked is %d and must not exceed 1000"
            .formatted(sum));
  }

  private static void share(String name, int value) {
    RunOptions.require(value >= 0 && value <= ALL, name + " " + value, "must be 0 to 1000");
  }

  /** An endless source of commands; {@code round} makes a later run over the same data differ. */
  CommandSource commands(int partitions, int round) {
    Mix mix =
        new Mix(groups, accounts, malformed, duplicate, refused, pending, pending, linked, 0, 0);
    long roundSeed = seedOf(round);
    return new GeneratedSource(
        new CommandGenerator(roundSeed, mix), partitions, outOfOrder, roundSeed);
  }

  /** An endless source of numbers; of all shares only {@code --malformed} applies. */
  CommandSource numbers(int partitions, int round) {
    return new NumbersSource(seedOf(round), round, partitions, malformed);
  }

  /** The same without what is no number. */
  CommandSource numbersOnly(int partitions, int round) {
    return new NumbersSource(seedOf(round), round, partitions, 0);
  }

  private long seedOf(int round) {
    return seed + round * 0x9E3779B97F4A7C15L;
  }
}
