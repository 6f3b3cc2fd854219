package io.onceflow.tool;

import java.time.Instant;
import java.util.List;
import picocli.CommandLine.Option;

/** Which dead letters are meant, by what they say. All that is given must fit. */
final class LetterFilter {

  @Option(
      names = "--reason",
      paramLabel = "CODE",
      description = "Only letters with this reason; repeatable.")
  private List<String> reasons = List.of();

  @Option(names = "--producer", paramLabel = "NAME", description = "Only this producer's.")
  private String producer;

  @Option(names = "--key", paramLabel = "KEY", description = "Only messages with this key.")
  private String key;

  @Option(
      names = "--since",
      paramLabel = "TIME",
      description = "Only what was given up at this time or later, such as 2026-11-22T16:00:00Z.")
  private Instant since;

  @Option(names = "--until", paramLabel = "TIME", description = "Only what was given up before.")
  private Instant until;

  /** Whether nothing was asked for, so that every letter fits. */
  boolean isEmpty() {
    return reasons.isEmpty() && producer == null && key == null && since == null && until == null;
  }

  boolean matches(Letter letter) {
    var dead = letter.dead();
    var ended = Instant.ofEpochMilli(dead.endedMs());
    return (reasons.isEmpty() || reasons.contains(dead.reason()))
        && (producer == null || producer.equals(dead.message().producer()))
        && (key == null || key.equals(dead.message().key()))
        && (since == null || !ended.isBefore(since))
        && (until == null || ended.isBefore(until));
  }
}
