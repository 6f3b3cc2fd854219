package io.onceflow.testbed.chaos.job;

import java.nio.charset.StandardCharsets;
import java.util.zip.CRC32C;

/**
 * An event of the input: money from one account to another. A Java record is a Flink POJO.
 *
 * @param run the block of schedules it belongs to
 * @param key events of one key are in order
 * @param seq dense per key, from 1
 * @param from the account that pays
 * @param to the account that gets, another one
 * @param amount positive
 * @param crc CRC32C of all that
 */
public record Transfer(String run, int key, long seq, int from, int to, long amount, long crc) {

  /** A transfer with its checksum. */
  public static Transfer of(String run, int key, long seq, int from, int to, long amount) {
    return new Transfer(run, key, seq, from, to, amount, crc(run, key, seq, from, to, amount));
  }

  /** Whether it is as it was when its checksum was made. */
  public boolean isIntact() {
    return crc == crc(run, key, seq, from, to, amount);
  }

  /** The account of a leg: 0 pays, 1 gets. */
  public int account(int leg) {
    return leg == 0 ? from : to;
  }

  /** What a leg adds to its account. */
  public long amount(int leg) {
    return leg == 0 ? -amount : amount;
  }

  /** As it is sent. */
  public String json() {
    return "{\"run\":\"%s\",\"key\":%d,\"seq\":%d,\"from\":%d,\"to\":%d,\"amount\":%d,\"crc\":%d}"
        .formatted(run, key, seq, from, to, amount, crc);
  }

  private static long crc(String run, int key, long seq, int from, int to, long amount) {
    var text = run + '|' + key + '|' + seq + '|' + from + '|' + to + '|' + amount;
    var crc = new CRC32C();
    crc.update(text.getBytes(StandardCharsets.UTF_8));
    return crc.getValue();
  }
}
