package io.onceflow.common.commit.conformance;

import io.onceflow.common.commit.Store;
import java.util.List;
import java.util.function.Consumer;

/**
 * Empty targets of one test and the store that writes to them. The readers are clients of their
 * own: they see what any user of the server sees, and do not pass the proxy.
 */
public interface TestTargets {

  /**
   * The store under test. It is serializable, reaches its server through the fixture's proxy, and
   * takes events and, when the fixture says so, balances. The suites that run decide which of the
   * strategies it must offer.
   */
  Store<TestRow> store();

  /** Reads all committed rows, in any order, without keeping them. */
  void readRows(Consumer<TestRow> reader) throws Exception;

  /** Reads all markers of all sinks. */
  List<Marker> markers() throws Exception;

  /** Reads all dead letters. */
  List<DeadLetter> deadLetters() throws Exception;

  /**
   * A commit marker as the store keeps it.
   *
   * @param sinkId the sink it belongs to
   * @param transactionId the transaction that brought it
   * @param checkpointId the epoch's checkpoint
   * @param rows rows sealed for the transaction
   * @param rejected how many of them went to the dead letters
   */
  record Marker(String sinkId, String transactionId, long checkpointId, long rows, long rejected) {}

  /**
   * A dead letter as the store keeps it.
   *
   * @param sinkId the sink whose input it was
   * @param target where the row should have gone, one of the store's targets
   * @param code the store's code for the reason
   * @param reason one sentence
   * @param text the row in a form that a person can read
   */
  record DeadLetter(String sinkId, String target, String code, String reason, String text) {}
}
