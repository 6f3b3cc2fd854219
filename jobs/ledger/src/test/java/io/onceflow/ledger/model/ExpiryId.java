package io.onceflow.ledger.model;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.UUID;

/** The id of an expiry, put together from hexadecimal digits as {@code docs/ledger.md} says. */
final class ExpiryId {

  private ExpiryId() {}

  static UUID of(UUID pendingId) {
    ByteArrayOutputStream hashed = new ByteArrayOutputStream();
    hashed.writeBytes("expire".getBytes(StandardCharsets.US_ASCII));
    hashed.writeBytes(HexFormat.of().parseHex(pendingId.toString().replace("-", "")));
    String hex = HexFormat.of().formatHex(sha256(hashed.toByteArray()));
    char variant = "89ab".charAt(Character.digit(hex.charAt(16), 16) % 4);
    return UUID.fromString(
        hex.substring(0, 8)
            + "-"
            + hex.substring(8, 12)
            + "-8"
            + hex.substring(13, 16)
            + "-"
            + variant
            + hex.substring(17, 20)
            + "-"
            + hex.substring(20, 32));
  }

  private static byte[] sha256(byte[] bytes) {
    try {
      return MessageDigest.getInstance("SHA-256").digest(bytes);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("This Java platform has no SHA-256.", e);
    }
  }
}
