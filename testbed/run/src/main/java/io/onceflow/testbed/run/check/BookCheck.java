package io.onceflow.testbed.run.check;

import io.onceflow.ledger.model.ModelAccount;
import io.onceflow.ledger.model.Posting;
import io.onceflow.ledger.model.ReferenceBook;
import io.onceflow.testbed.run.check.Mistakes.Kind;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Iterator;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Compares a group's accounts and transfers in the tables with the reference ledger's, row by row
 * and every column but the epoch. The connection has autocommit off. One thread.
 */
final class BookCheck {

  private static final int FETCH_ROWS = 5_000;
  private static final String ACCOUNTS =
      """
      SELECT account, ledger || ' ' || code || ' ' || debits_must_not_exceed_credits || ' '
          || credits_must_not_exceed_debits || ' ' || closed,
        debits_pending || ' ' || debits_posted || ' ' || credits_pending || ' ' || credits_posted || ' at '
          || (extract(epoch FROM log_time) * 1000)::bigint
      FROM ledger.accounts WHERE grp = ?
      """;
  private static final String TRANSFERS =
      """
      SELECT seq, id || ' ' || kind || ' ' || coalesce(pending_id::text, '-') || ' ' || debit || ' '
          || credit || ' ' || amount || ' ' || posted_delta || ' ' || pending_delta || ' ' || ledger || ' '
          || code || ' ' || timeout_seconds || ' ' || (extract(epoch FROM log_time) * 1000)::bigint || ' '
          || topic_partition || ' ' || record_offset
      FROM ledger.transfers WHERE grp = ? ORDER BY seq
      """;

  private final Connection connection;
  private final Mistakes mistakes;
  private long accounts;
  private long transfers;

  BookCheck(Connection connection, Mistakes mistakes) {
    this.connection = connection;
    this.mistakes = mistakes;
  }

  /** Compares one group. */
  void check(String group, ReferenceBook book) throws SQLException {
    checkAccounts(group, new TreeMap<>(book.accounts()));
    checkTransfers(group, book.postings().iterator());
  }

  /** Looks for rows of groups that no command named. */
  void finish() throws SQLException {
    compareCount("ledger.accounts", accounts);
    compareCount("ledger.transfers", transfers);
  }

  private void checkAccounts(String group, Map<Long, ModelAccount> expected) throws SQLException {
    try (PreparedStatement statement = query(ACCOUNTS, group);
        ResultSet rows = statement.executeQuery()) {
      while (rows.next()) {
        accounts++;
        ModelAccount account = expected.remove(rows.getLong(1));
        String row = rows.getString(2) + " | " + rows.getString(3);
        if (account == null) {
          wrong(group, "account " + rows.getLong(1), row, "absent");
        } else if (!row.equals(text(account))) {
          wrong(group, "account " + rows.getLong(1), row, text(account));
        }
      }
    }
    expected.forEach((id, account) -> wrong(group, "account " + id, "absent", text(account)));
  }

  private static String text(ModelAccount account) {
    var opened = account.opened();
    return "%d %d %b %b %b | %s at %d"
        .formatted(
            opened.ledger(),
            opened.code(),
            (opened.flags() & io.onceflow.ledger.Account.DEBITS_MUST_NOT_EXCEED_CREDITS) != 0,
            (opened.flags() & io.onceflow.ledger.Account.CREDITS_MUST_NOT_EXCEED_DEBITS) != 0,
            account.closed(),
            account.counters(),
            account.changedAtMs());
  }

  private void checkTransfers(String group, Iterator<Posting> expected) throws SQLException {
    try (PreparedStatement statement = query(TRANSFERS, group);
        ResultSet rows = statement.executeQuery()) {
      while (rows.next()) {
        transfers++;
        String row = rows.getLong(1) + " " + rows.getString(2);
        String wanted = expected.hasNext() ? text(expected.next()) : "absent";
        if (!row.equals(wanted)) {
          wrong(group, "transfer", row, wanted);
        }
      }
    }
    expected.forEachRemaining(posting -> wrong(group, "transfer", "absent", text(posting)));
  }

  private static String text(Posting posting) {
    return Stream.of(
            posting.seq(),
            posting.id(),
            posting.kind(),
            posting.pendingId() == null ? "-" : posting.pendingId(),
            posting.debit(),
            posting.credit(),
            posting.amount(),
            posting.posted(),
            posting.pending(),
            posting.ledger(),
            posting.code(),
            posting.timeoutSeconds(),
            posting.logTimeMs(),
            posting.partition(),
            posting.offset())
        .map(Object::toString)
        .collect(Collectors.joining(" "));
  }

  private void compareCount(String table, long seen) throws SQLException {
    try (PreparedStatement statement =
            connection.prepareStatement("SELECT count(*) FROM " + table);
        ResultSet rows = statement.executeQuery()) {
      rows.next();
      if (rows.getLong(1) != seen) {
        wrong("any", table, rows.getLong(1) + " rows", seen + " rows of groups that were sent");
      }
    }
  }

  private PreparedStatement query(String sql, String group) throws SQLException {
    PreparedStatement statement = connection.prepareStatement(sql);
    statement.setFetchSize(FETCH_ROWS);
    statement.setString(1, group);
    return statement;
  }

  private void wrong(String group, String what, String row, String expected) {
    mistakes.add(
        Kind.WRONG_BALANCE,
        "group %s, %s is [%s] and must be [%s]".formatted(group, what, row, expected));
  }
}
