package io.onceflow.ledger;

import java.util.Locale;

/**
 * The types of a command and the fields that each must and may have, beside {@code type} and {@code
 * group}.
 */
enum CommandType {
  OPEN(Field.set(Field.ACCOUNT, Field.LEDGER, Field.CODE), Field.set(Field.FLAGS)),
  CLOSE(Field.set(Field.ACCOUNT), 0),
  TRANSFER(
      Field.set(Field.ID, Field.DEBIT, Field.CREDIT, Field.AMOUNT, Field.LEDGER, Field.CODE), 0),
  PENDING(
      Field.set(Field.ID, Field.DEBIT, Field.CREDIT, Field.AMOUNT, Field.LEDGER, Field.CODE),
      Field.set(Field.TIMEOUT_SECONDS)),
  POST(Field.set(Field.ID, Field.PENDING_ID), Field.set(Field.AMOUNT)),
  VOID(Field.set(Field.ID, Field.PENDING_ID), 0),
  CHAIN(Field.set(Field.COMMANDS), 0);

  private static final CommandType[] TYPES = values();

  private final int required;
  private final int allowed;
  private final String text = name().toLowerCase(Locale.ROOT);

  CommandType(int required, int optional) {
    this.required = required;
    this.allowed = required | optional;
  }

  /** The type with this name, or null. */
  static CommandType of(String text) {
    for (CommandType type : TYPES) {
      if (type.text.equals(text)) {
        return type;
      }
    }
    return null;
  }

  String text() {
    return text;
  }

  int required() {
    return required;
  }

  int allowed() {
    return allowed;
  }

  boolean mayBeLeg() {
    return this != CHAIN && this != CLOSE;
  }
}
