package io.onceflow.common.sink.postgres;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;

/** What the server's settings and its prepared transactions mean for a sink. */
final class ServerFacts {

  /** Where a warning comes early enough to act before PREPARE fails. */
  private static final double NEARLY_FULL = 0.8;

  private final Connection connection;

  ServerFacts(Connection connection) {
    this.connection = connection;
  }

  List<String> problems() throws SQLException {
    var problems = new ArrayList<String>();
    var slots = slots();
    var inUse = inUse();
    if (slots > 0 && inUse >= slots * NEARLY_FULL) {
      problems.add(
          "%d of %d max_prepared_transactions are in use: see onceflow in-doubt --foreign, settle what is stuck, or raise the setting."
              .formatted(inUse, slots));
    }
    if (new Query("SELECT to_regclass('onceflow.audit') IS NULL").text(connection).equals("t")) {
      problems.add(
          "Table onceflow.audit does not exist, so the tool may not act: run flink-conf/sql/onceflow.sql as the owner of the database.");
    }
    return problems;
  }

  List<String> facts() throws SQLException {
    var facts = new ArrayList<String>();
    facts.add("server_version = " + show("server_version"));
    for (var setting : List.of("fsync", "full_page_writes", "synchronous_commit")) {
      facts.add("%s = %s".formatted(setting, show(setting)));
    }
    facts.add(
        "max_prepared_transactions = %d, in use %d, the oldest for %s"
            .formatted(slots(), inUse(), oldest()));
    facts.add(
        "max_connections = %s, in use %s"
            .formatted(
                show("max_connections"),
                new Query(
                        "SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend'")
                    .text(connection)));
    return facts;
  }

  private String oldest() throws SQLException {
    return new Query(
            "SELECT coalesce(date_trunc('second', max(clock_timestamp() - prepared))::text, '0 s') FROM pg_prepared_xacts")
        .text(connection);
  }

  private long slots() throws SQLException {
    return Long.parseLong(show("max_prepared_transactions"));
  }

  private long inUse() throws SQLException {
    return new Query("SELECT count(*) FROM pg_prepared_xacts").number(connection);
  }

  private String show(String setting) throws SQLException {
    return new Query("SELECT current_setting(?)", setting).text(connection);
  }
}
