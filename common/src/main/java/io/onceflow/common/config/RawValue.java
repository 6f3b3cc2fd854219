package io.onceflow.common.config;

import java.util.List;

/** A value as it was written, before the environment is substituted, and where it was written. */
record RawValue(List<String> items, String origin) {

  RawValue {
    items = List.copyOf(items);
  }

  static RawValue of(String text, String origin) {
    return new RawValue(List.of(text), origin);
  }

  /** The same place with a text that may be shown. */
  RawValue masked() {
    return of(Mistake.MASK, origin);
  }

  String text() {
    return String.join(", ", items);
  }
}
