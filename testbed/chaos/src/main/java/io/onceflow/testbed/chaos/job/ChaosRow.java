package io.onceflow.testbed.chaos.job;

import org.apache.flink.api.common.typeinfo.TypeInfo;

/** A row for one of the two tables. */
@TypeInfo(ChaosRowSerializer.Factory.class)
public sealed interface ChaosRow {

  /**
   * One side of a transfer, appended.
   *
   * @param key the transfer's
   * @param seq the transfer's
   * @param leg 0 pays, 1 gets
   * @param account whose it is
   * @param amount what it adds to the account
   * @param crc the transfer's
   */
  record Leg(int key, long seq, int leg, int account, long amount, long crc) implements ChaosRow {}

  /**
   * What an account holds after a leg, upserted.
   *
   * @param account whose it is
   * @param balance the sum of its legs
   */
  record Balance(int account, long balance) implements ChaosRow {}
}
