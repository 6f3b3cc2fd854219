package io.onceflow.testbed.run.check;

import java.util.UUID;

/**
 * The result of one command or leg, however it was obtained: expected, from the table, or from the
 * topic.
 *
 * @param leg 0 for a command alone
 * @param group the command's group
 * @param id the transfer's id, or null
 * @param account the account opened or closed, or 0
 * @param result the code of docs/ledger.md
 * @param seq of the transfer, or 0
 * @param logTimeMs milliseconds since the epoch
 */
public record ResultLine(
    int leg, String group, UUID id, long account, String result, long seq, long logTimeMs) {

  /** 64 bits over all fields, to compare sets of lines by their sum. */
  long fingerprint() {
    long hash = mix(leg + 1, group.hashCode());
    hash =
        id == null
            ? mix(hash, 0)
            : mix(mix(hash, id.getMostSignificantBits()), id.getLeastSignificantBits());
    return mix(mix(mix(mix(hash, account), result.hashCode()), seq), logTimeMs);
  }

  /** The finalizer of MurmurHash3 over the running value. */
  private static long mix(long hash, long value) {
    long mixed = (hash * 0x9E3779B97F4A7C15L) ^ value;
    mixed = (mixed ^ (mixed >>> 33)) * 0xFF51AFD7ED558CCDL;
    mixed = (mixed ^ (mixed >>> 33)) * 0xC4CEB9FE1A85EC53L;
    return mixed ^ (mixed >>> 33);
  }
}
