package io.onceflow.common.sink.mariadb;

import io.onceflow.common.commit.ErrorClass;
import io.onceflow.common.commit.StoreException;
import io.onceflow.common.config.OneLine;
import io.onceflow.common.sink.TlsRefusal;
import java.sql.SQLException;
import java.util.Set;
import java.util.regex.Pattern;

/** What MariaDB's error numbers mean for a commit. Its SQLSTATEs are too coarse to tell. */
final class MariaDbErrors {

  static final int DUPLICATE_KEY = 1062;
  static final int UNKNOWN_XID = 1397;
  static final int XA_ROLLED_BACK = 1402;
  static final Set<Integer> FOREIGN_KEY = Set.of(1216, 1452);

  /**
   * Too many connections, shutdown, network, lock wait timeout, deadlock (also of an XA
   * transaction), lock table full, a killed statement or connection, a server that is read-only
   * after a failover, a snapshot that is too old: all pass by themselves.
   */
  private static final Set<Integer> TRANSIENT =
      Set.of(
          1020, 1040, 1053, 1152, 1154, 1155, 1156, 1157, 1158, 1159, 1160, 1161, 1184, 1203, 1205,
          1206, 1213, 1226, 1290, 1317, 1402, 1613, 1614, 1637, 1792, 1836, 1927, 1969, 4031);

  /** The connection ended while the server was working: it may have finished. */
  private static final Set<Integer> NO_ANSWER = Set.of(1053, 1317, 1927, 1969, 4031);

  /**
   * A value that its column, a key, a check, a trigger (SIGNAL), a partition, a view or a page does
   * not take.
   */
  private static final Set<Integer> ROW =
      Set.of(
          139, 1048, 1062, 1118, 1169, 1216, 1217, 1264, 1265, 1292, 1301, 1364, 1365, 1366, 1367,
          1369, 1406, 1411, 1451, 1452, 1526, 1557, 1586, 1644, 1690, 1748, 4025, 4038, 4078);

  /** The parts of messages that quote a row's values, up to the fixed words after them. */
  private static final Pattern QUOTED_VALUE =
      Pattern.compile(
          "(entry|value:?|string value:) '.*'(?= for (?:key|column|function)|$)", Pattern.DOTALL);

  private static final Pattern CONNECTION_NUMBER = Pattern.compile("^\\(conn[=:]\\d+\\) ");

  /** The driver has one state for all its own errors. */
  private static final String NO_TLS =
      "Trying to connect with ssl, but ssl not enabled in the server";

  /** Of a server that could not even prove that it knows the password. */
  private static final String SELF_SIGNED = "Self signed certificates.";

  private static final int MAX_REASON_CHARS = 1_000;

  private MariaDbErrors() {}

  static ErrorClass classify(SQLException e) {
    var code = e.getErrorCode();
    var state = e.getSQLState();
    if (isUnverified(e)) {
      return ErrorClass.SYSTEM;
    }
    if (TRANSIENT.contains(code) || state == null || state.startsWith("08")) {
      return ErrorClass.TRANSIENT;
    }
    return ROW.contains(code) || state.startsWith("45") ? ErrorClass.ROW : ErrorClass.SYSTEM;
  }

  /** An error while COMMIT was on its way: no answer is not a refusal. */
  static ErrorClass classifyCommit(SQLException e) {
    var state = e.getSQLState();
    var answered =
        e.getErrorCode() > 0
            && state != null
            && !state.startsWith("08")
            && !NO_ANSWER.contains(e.getErrorCode());
    return answered ? classify(e) : ErrorClass.AMBIGUOUS;
  }

  /**
   * The driver's exception quotes rows, and exceptions end up in logs and in the web UI: where a
   * row is at fault it does not become the cause.
   */
  static StoreException exception(ErrorClass errorClass, String doing, SQLException e) {
    return new StoreException(
        errorClass,
        "%s failed (error %d, SQLSTATE %s): %s%s"
            .formatted(
                doing,
                e.getErrorCode(),
                e.getSQLState(),
                reason(e),
                isUnverified(e) ? TlsRefusal.CURE : ""),
        classify(e) == ErrorClass.ROW || !isOneLine(e) ? withoutValues(e) : e);
  }

  /**
   * The driver's own verdict on the server's certificate, on the name in it (which it gives no
   * cause), or that the server has no TLS.
   */
  private static boolean isUnverified(SQLException e) {
    return TlsRefusal.isReasonOf(e)
        || e.getErrorCode() <= 0
            && ("08006".equals(e.getSQLState()) && e.getCause() == null
                || reason(e).equals(NO_TLS)
                || reason(e).contains(SELF_SIGNED));
  }

  /** A trigger may put anything into its message, and messages end up in logs. */
  private static boolean isOneLine(SQLException e) {
    return OneLine.of(e.getMessage(), MAX_REASON_CHARS).equals(e.getMessage());
  }

  /** The same error without what it quotes. */
  static SQLException withoutValues(SQLException e) {
    var clean = new SQLException(reason(e), e.getSQLState(), e.getErrorCode());
    clean.setStackTrace(e.getStackTrace());
    return clean;
  }

  /** The server's own sentence, without the values of rows. */
  static String reason(SQLException e) {
    var message = CONNECTION_NUMBER.matcher(String.valueOf(e.getMessage())).replaceFirst("");
    return OneLine.of(QUOTED_VALUE.matcher(message).replaceAll("$1 '...'"), MAX_REASON_CHARS);
  }
}
