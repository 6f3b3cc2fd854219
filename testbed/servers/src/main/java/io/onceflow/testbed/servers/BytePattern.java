package io.onceflow.testbed.servers;

/**
 * A run of bytes to find in a stream that arrives in pieces (Knuth, Morris, Pratt 1977). Immutable;
 * each stream has a {@link Search} of its own.
 */
public final class BytePattern {
  private final byte[] pattern;
  private final int[] fallback;

  /** A pattern of these bytes; an empty one is found in the first byte of anything. */
  public BytePattern(byte[] pattern) {
    this.pattern = pattern.clone();
    this.fallback = new int[pattern.length];
    for (int end = 1, matched = 0; end < pattern.length; end++) {
      while (matched > 0 && pattern[end] != pattern[matched]) {
        matched = fallback[matched - 1];
      }
      if (pattern[end] == pattern[matched]) {
        matched++;
      }
      fallback[end] = matched;
    }
  }

  Search search() {
    return new Search();
  }

  /** The state of one stream. Not thread-safe. */
  final class Search {
    private int matched;

    /** Takes the next bytes and tells whether the pattern has ended in them. */
    boolean foundIn(byte[] bytes, int length) {
      if (pattern.length == 0) {
        return length > 0;
      }
      for (int i = 0; i < length; i++) {
        while (matched > 0 && bytes[i] != pattern[matched]) {
          matched = fallback[matched - 1];
        }
        if (bytes[i] == pattern[matched]) {
          matched++;
        }
        if (matched == pattern.length) {
          matched = fallback[matched - 1];
          return true;
        }
      }
      return false;
    }
  }
}
