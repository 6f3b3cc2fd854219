package io.onceflow.ledger;

import java.util.HashMap;
import java.util.Locale;
import java.util.Map;

/** The fields of a command. */
enum Field {
  TYPE,
  GROUP,
  ACCOUNT,
  LEDGER,
  CODE,
  FLAGS,
  ID,
  DEBIT,
  CREDIT,
  AMOUNT,
  TIMEOUT_SECONDS,
  PENDING_ID,
  COMMANDS;

  private static final Map<String, Field> BY_TEXT = new HashMap<>();

  static {
    for (Field field : values()) {
      BY_TEXT.put(field.text, field);
    }
  }

  private final String text = name().toLowerCase(Locale.ROOT).replace('_', '-');

  /** The field with this name, or null. */
  static Field of(String text) {
    return BY_TEXT.get(text);
  }

  String text() {
    return text;
  }

  int bit() {
    return 1 << ordinal();
  }

  boolean onlyOutermost() {
    return this == GROUP || this == COMMANDS;
  }

  static int set(Field... fields) {
    int set = 0;
    for (Field field : fields) {
      set |= field.bit();
    }
    return set;
  }
}
