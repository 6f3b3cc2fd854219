package io.onceflow.ledger;

import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.UUID;

/** The ids that the ledger makes itself: UUIDs of version 8, which clients may not use. */
public final class LedgerIds {

  /** The UUID version kept for the ledger. */
  public static final int OWN_VERSION = 8;

  private LedgerIds() {}

  /**
   * The id of the expiry of a pending transfer: the same on every replay, different from every
   * client's id.
   */
  public static UUID expiry(UUID pendingId) {
    ByteBuffer name = ByteBuffer.allocate(6 + 16);
    name.put(new byte[] {'e', 'x', 'p', 'i', 'r', 'e'});
    name.putLong(pendingId.getMostSignificantBits()).putLong(pendingId.getLeastSignificantBits());
    ByteBuffer hash = ByteBuffer.wrap(sha256().digest(name.array()));
    long most = (hash.getLong() & ~0xF000L) | ((long) OWN_VERSION << 12);
    long least = (hash.getLong() & 0x3FFF_FFFF_FFFF_FFFFL) | 0x8000_0000_0000_0000L;
    return new UUID(most, least);
  }

  /**
   * Reads a UUID of exactly 36 characters; {@link UUID#fromString} takes much else for one.
   *
   * @return the UUID, or null when the characters are not one
   */
  static UUID parse(char[] text, int offset, int length) {
    if (length != 36
        || text[offset + 8] != '-'
        || text[offset + 13] != '-'
        || text[offset + 18] != '-'
        || text[offset + 23] != '-') {
      return null;
    }
    long high = hex(text, offset, 8);
    long highMiddle = hex(text, offset + 9, 4);
    long highLow = hex(text, offset + 14, 4);
    long low = hex(text, offset + 19, 4);
    long lowest = hex(text, offset + 24, 12);
    if ((high | highMiddle | highLow | low | lowest) < 0) {
      return null;
    }
    return new UUID(high << 32 | highMiddle << 16 | highLow, low << 48 | lowest);
  }

  /** The value of up to 15 hexadecimal digits, or -1. */
  private static long hex(char[] text, int offset, int length) {
    long value = 0;
    for (int i = offset; i < offset + length; i++) {
      char c = text[i];
      int digit = c < 128 ? Character.digit(c, 16) : -1;
      if (digit < 0) {
        return -1;
      }
      value = value << 4 | digit;
    }
    return value;
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("Every Java platform has SHA-256; this one does not.", e);
    }
  }
}
