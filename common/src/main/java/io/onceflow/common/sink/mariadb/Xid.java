package io.onceflow.common.sink.mariadb;

import io.onceflow.common.commit.SinkId;
import io.onceflow.common.commit.TransactionId;
import io.onceflow.common.config.MariaDbConfig;
import io.onceflow.common.config.OneLine;
import java.nio.charset.StandardCharsets;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.HexFormat;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.zip.CRC32C;

/**
 * A transaction's name in XA: the sink is the global part, the attempt with its counters the
 * branch. The server has one list of names for all its databases; so sinks of the same name whose
 * Onceflow databases differ are told apart by the format number.
 *
 * @param formatId 1 for the database {@code onceflow}
 * @param id the transaction
 */
record Xid(int formatId, TransactionId id) {

  private static final int DEFAULT_FORMAT = 1;
  private static final String PREFIX = "of.";

  /** Nothing that ends a line, or a text in a statement. */
  private static final Pattern READABLE = Pattern.compile("[ -~&&[^'\\\\]]*");

  private static final Pattern GLOBAL = Pattern.compile("of\\.[a-z0-9-]+");

  /**
   * @throws IllegalArgumentException when the text is not the name of a transaction of this sink
   */
  static Xid of(SessionContext context, String transactionId) {
    return TransactionId.parse(transactionId)
        .filter(id -> id.sinkId().equals(context.sinkId()))
        .map(id -> new Xid(formatOf(context.connector()), id))
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "%s is no transaction of sink '%s'."
                        .formatted(OneLine.of(transactionId), context.sinkId())));
  }

  /** The name in a row of XA RECOVER, or nothing when it is not this sink's. */
  static Optional<Xid> read(ResultSet row, SessionContext context) throws SQLException {
    var formatId = row.getLong(1);
    var globalLength = row.getInt(2);
    var data = new String(row.getBytes(4), StandardCharsets.ISO_8859_1);
    if (formatId != formatOf(context.connector())
        || globalLength > data.length()
        || !data.substring(0, globalLength).equals(global(context.sinkId()))) {
      return Optional.empty();
    }
    return TransactionId.parse(data.substring(0, globalLength) + "." + data.substring(globalLength))
        .map(id -> new Xid((int) formatId, id));
  }

  /**
   * How people read a row of XA RECOVER. Only the name of a sink of this Onceflow database begins
   * like one, whatever its branch is; every other one is written as in a statement.
   */
  static String describe(ResultSet row, MariaDbConnector connector) throws SQLException {
    var formatId = row.getLong(1);
    var globalLength = row.getInt(2);
    var data = new String(row.getBytes(4), StandardCharsets.ISO_8859_1);
    var end = Math.min(globalLength, data.length());
    var global = data.substring(0, end);
    var branch = data.substring(end);
    var isOurs =
        formatId == formatOf(connector)
            && GLOBAL.matcher(global).matches()
            && READABLE.matcher(branch).matches();
    return isOurs
        ? global + "." + branch
        : "%s,%s,%d".formatted(literal(global), literal(branch), formatId);
  }

  private static String literal(String part) {
    return READABLE.matcher(part).matches()
        ? "'" + part + "'"
        : "X'" + HexFormat.of().formatHex(part.getBytes(StandardCharsets.ISO_8859_1)) + "'";
  }

  private static int formatOf(MariaDbConnector connector) {
    var database = connector.onceflowDatabase();
    if (database.equals(MariaDbConfig.ONCEFLOW)) {
      return DEFAULT_FORMAT;
    }
    var crc = new CRC32C();
    crc.update(database.getBytes(StandardCharsets.US_ASCII));
    return Math.max(DEFAULT_FORMAT + 1, (int) (crc.getValue() & Integer.MAX_VALUE));
  }

  private static String global(SinkId sinkId) {
    return PREFIX + sinkId;
  }

  /** As it stands in a statement; its parts consist of letters, digits, dots and dashes. */
  String sql() {
    return "'%s','%s.%d.%d',%d"
        .formatted(global(id.sinkId()), id.nonce(), id.subtask(), id.sequence(), formatId);
  }
}
