package io.onceflow.common.retry;

/** Which messages wait for each other. */
public enum OrderPolicy {
  /**
   * Messages of a key take effect one after the other, in the order they came; behind a parked
   * message its followers wait. Other keys do not.
   */
  STRICT_KEY {
    @Override
    String scope(RetryMessage message) {
      return message.key();
    }
  },

  /**
   * The same for all keys of a group, such as the accounts of a customer: the header {@value
   * #GROUP_HEADER} names it. A message without that header is its key's.
   */
  GROUP {
    @Override
    String scope(RetryMessage message) {
      String group = message.headers().get(GROUP_HEADER);
      // Told apart, for a group may have the name of a key.
      return group == null ? "key/" + message.key() : "group/" + group;
    }
  },

  /** No message waits for another one. */
  UNORDERED {
    @Override
    String scope(RetryMessage message) {
      return message.key();
    }

    @Override
    boolean isOrdered() {
      return false;
    }
  };

  /** Names the group of a message, for {@link #GROUP}. */
  public static final String GROUP_HEADER = "group";

  /** What the stream is partitioned by, and inside of which order is kept. */
  abstract String scope(RetryMessage message);

  boolean isOrdered() {
    return true;
  }
}
