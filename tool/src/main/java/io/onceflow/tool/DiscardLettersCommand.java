package io.onceflow.tool;

import picocli.CommandLine.Command;

/** Gives dead letters up. */
@Command(
    name = "discard",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    usageHelpWidth = 110,
    description = {
      "Notes in the audit topic that letters are given up; the letters themselves stay where they are.",
      "Without --execute it only says what it would do."
    },
    footer = {
      "%nExample:",
      "  onceflow dead-messages discard --config job.yaml --topic dead 0:19 --because 'test data' --execute"
    })
final class DiscardLettersCommand extends SettleLettersCommand {

  @Override
  String action() {
    return "discard";
  }

  @Override
  String destination(DeadMessageTopic letters, Letter letter) {
    return null;
  }

  @Override
  AuditEntry settle(LetterSession session, Letter letter) {
    return session.discard(letter, because());
  }
}
