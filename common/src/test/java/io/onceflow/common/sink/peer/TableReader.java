package io.onceflow.common.sink.peer;

import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.apache.flink.connector.testframe.external.ExternalSystemDataReader;

/**
 * Reads each committed row of a table once. It knows rows by an id that the database gives, and not
 * by a highest id seen: transactions that commit in parallel show their ids out of order. Not
 * thread-safe.
 */
public final class TableReader implements ExternalSystemDataReader<String> {

  private final Connection connection;
  private final String query;
  private final Set<Long> seen = new HashSet<>();

  /**
   * @param connection with autocommit on, so that each poll sees what is committed by then; the
   *     reader closes it
   * @param query selects the id and the value of all rows
   */
  public TableReader(Connection connection, String query) {
    this.connection = connection;
    this.query = query;
  }

  /** Does not wait: whoever polls does. */
  @Override
  public List<String> poll(Duration timeout) {
    var values = new ArrayList<String>();
    try (var statement = connection.createStatement();
        var rows = statement.executeQuery(query)) {
      while (rows.next()) {
        if (seen.add(rows.getLong(1))) {
          values.add(rows.getString(2));
        }
      }
    } catch (SQLException e) {
      throw new IllegalStateException("The rows could not be read with: " + query, e);
    }
    return values;
  }

  @Override
  public void close() throws SQLException {
    connection.close();
  }
}
