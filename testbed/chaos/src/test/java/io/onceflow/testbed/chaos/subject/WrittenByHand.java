package io.onceflow.testbed.chaos.subject;

import io.onceflow.testbed.chaos.check.Checks;
import io.onceflow.testbed.chaos.check.Findings;
import io.onceflow.testbed.chaos.job.Transfer;
import io.onceflow.testbed.chaos.truth.TruthLog;
import io.onceflow.testbed.servers.PostgresServer;
import java.io.IOException;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import org.awaitility.Awaitility;

/** A block without a job: epochs are written by hand, as the staged sink would, and damaged. */
final class WrittenByHand implements AutoCloseable {

  private static final String BALANCES =
      """
      INSERT INTO balances SELECT account, sum(amount) FROM legs GROUP BY account
        ON CONFLICT (account) DO UPDATE SET balance = EXCLUDED.balance;
      """;

  /** What is there already, as if the prepared sink had written it. */
  private static final String DECIDED =
      """
      INSERT INTO onceflow.decision (transaction_id, sink_id, lineage, checkpoint_id, finished_at)
        SELECT 'e' || checkpoint_id, sink_id, lineage, checkpoint_id, now() FROM onceflow.marker ORDER BY epoch;
      UPDATE onceflow.marker SET decision_id = 'e' || checkpoint_id;
      """;

  private final Block block;
  private final PostgresServer server;
  private final TruthLog truth;
  private final Checks checks;
  private int checkpoint;
  private long seq;

  WrittenByHand(Subject subject, Block block) throws Exception {
    this.block = block;
    this.server = (PostgresServer) subject.store();
    subject.prepare(block);
    this.truth = subject.truth(block);
    this.checks = subject.checks(block, truth);
  }

  /** The next transfers of one key, in the truth. */
  List<Transfer> sent(int count) throws IOException {
    var transfers = new ArrayList<Transfer>();
    for (var i = 0; i < count; i++) {
      transfers.add(Transfer.of(block.run(), 1, ++seq, 0, 1, 10 * seq));
    }
    truth.append(transfers, List.of());
    return transfers;
  }

  /** Poison, in the truth. */
  void sentPoison(String id) throws IOException {
    truth.append(List.of(), List.of(id));
  }

  /** Commits both legs of each and the balances after them, with a marker. */
  void commit(Transfer... transfers) throws SQLException {
    commit(Arrays.asList(transfers));
  }

  void commit(List<Transfer> transfers) throws SQLException {
    checkpoint++;
    execute(
        "BEGIN;\n%s%s%s%s COMMIT;"
            .formatted(sinkRow(), marker(transfers), legs(transfers), BALANCES));
  }

  /** The same in two transactions: rows and balances, and after a few snapshots the marker. */
  void commitWithALateMarker(List<Transfer> transfers) throws SQLException {
    checkpoint++;
    execute(
        "BEGIN; SELECT set_config('onceflow.epoch', '%d', true); %s COMMIT;"
            .formatted(checkpoint, legs(transfers)));
    awaitSnapshots();
    execute("BEGIN; %s%s%s COMMIT;".formatted(sinkRow(), marker(transfers), BALANCES));
  }

  /** The same in two transactions: the marker, and after a few snapshots what it counts. */
  void commitWithAnEarlyMarker(List<Transfer> transfers) throws SQLException {
    checkpoint++;
    execute("BEGIN; %s%s COMMIT;".formatted(sinkRow(), marker(transfers)));
    awaitSnapshots();
    execute(
        "BEGIN; SELECT set_config('onceflow.epoch', '%d', true); %s%s COMMIT;"
            .formatted(checkpoint, legs(transfers), BALANCES));
  }

  /** As the prepared sink would: it decides first, or last when it is out of order. */
  void commitPrepared(List<Transfer> transfers, boolean isDecidedFirst) throws SQLException {
    execute(DECIDED);
    if (isDecidedFirst) {
      leaveUnfinished(transfers);
    } else {
      checkpoint++;
      executePrepared(transfers);
    }
    awaitSnapshots();
    if (!isDecidedFirst) {
      execute(decision());
    }
    finishPrepared();
  }

  /** As the prepared sink would, up to the moment before it finishes the epoch. */
  void leaveUnfinished(List<Transfer> transfers) throws SQLException {
    checkpoint++;
    execute(decision());
    executePrepared(transfers);
  }

  private void executePrepared(List<Transfer> transfers) throws SQLException {
    execute(
        "BEGIN; %s UPDATE onceflow.marker SET checkpoint_id = NULL, lineage = NULL WHERE transaction_id = 't%d'; %s COMMIT;"
            .formatted(marker(transfers), checkpoint, legs(transfers)));
  }

  private void finishPrepared() throws SQLException {
    execute(
        """
        BEGIN; %3$s%2$s
        UPDATE onceflow.marker SET checkpoint_id = %1$d, lineage = 'l', decision_id = 'e%1$d' WHERE transaction_id = 't%1$d';
        UPDATE onceflow.decision SET finished_at = now() WHERE transaction_id = 'e%1$d';
        COMMIT;"""
            .formatted(checkpoint, BALANCES, sinkRow()));
  }

  /** Until two more have begun and ended. */
  void awaitSnapshots() {
    var before = checks.snapshots();
    Awaitility.await().until(() -> checks.snapshots() > before + 1);
  }

  private String decision() {
    return "INSERT INTO onceflow.decision (transaction_id, sink_id, lineage, checkpoint_id) VALUES ('e%1$d', '%2$s', 'l', %1$d);\n"
        .formatted(checkpoint, block.run());
  }

  private String sinkRow() {
    return """
    INSERT INTO onceflow.sink (sink_id, lineage, owner_run, last_checkpoint_id) VALUES ('%1$s', 'l', 'r', %2$d)
      ON CONFLICT (sink_id) DO UPDATE SET last_checkpoint_id = %2$d;
    """
        .formatted(block.run(), checkpoint);
  }

  private String marker(List<Transfer> transfers) {
    return """
    INSERT INTO onceflow.marker (transaction_id, sink_id, lineage, checkpoint_id, subtask, row_count, byte_count, checksum, rows_by_target, prepared_at)
      VALUES ('t%2$d', '%1$s', 'l', %2$d, 0, %3$d, 0, 0, '{"legs": %4$d, "balances": 2}', now());
    SELECT set_config('onceflow.epoch', (SELECT max(epoch) FROM onceflow.marker)::text, true);
    """
        .formatted(block.run(), checkpoint, 2 * transfers.size() + 2, 2 * transfers.size());
  }

  private static String legs(List<Transfer> transfers) {
    return transfers.stream().map(WrittenByHand::legs).collect(Collectors.joining());
  }

  private static String legs(Transfer transfer) {
    return leg(transfer, 0) + leg(transfer, 1);
  }

  /** The statement for one leg. */
  static String leg(Transfer transfer, int leg) {
    return "INSERT INTO legs (event_key, seq, leg, account, amount, crc) VALUES (%d, %d, %d, %d, %d, %d);\n"
        .formatted(
            transfer.key(),
            transfer.seq(),
            leg,
            transfer.account(leg),
            transfer.amount(leg),
            transfer.crc());
  }

  /** Runs statements. */
  void execute(String sql) throws SQLException {
    try (var connection = server.connect(block.database());
        var statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  /** The first column of a query. */
  List<String> list(String query) throws SQLException {
    try (var connection = server.connect(block.database());
        var statement = connection.createStatement();
        var row = statement.executeQuery(query)) {
      var values = new ArrayList<String>();
      while (row.next()) {
        values.add(row.getString(1));
      }
      return values;
    }
  }

  Block block() {
    return block;
  }

  TruthLog truth() {
    return truth;
  }

  Checks checks() {
    return checks;
  }

  Findings finalCheck() {
    return checks.finalCheck();
  }

  @Override
  public void close() throws IOException {
    checks.close();
    truth.close();
  }
}
