package io.onceflow.common.sink.postgres;

import io.onceflow.common.commit.ErrorClass;
import io.onceflow.common.commit.StoreException;
import io.onceflow.common.config.OneLine;
import io.onceflow.common.sink.TlsRefusal;
import java.sql.SQLException;
import java.util.Set;
import org.postgresql.util.PSQLException;
import org.postgresql.util.ServerErrorMessage;

/** What PostgreSQL's SQLSTATEs mean for a commit. */
final class PostgresErrors {

  /**
   * Shutdown and start-up, serialization failure, deadlock, lock and statement timeout, too many
   * connections, read-only server after a failover: all pass by themselves.
   */
  private static final Set<String> TRANSIENT =
      Set.of(
          "57P01", "57P02", "57P03", "57P05", "40001", "40P01", "55P03", "57014", "53300", "25006",
          "25P03", "25P04");

  private static final Set<String> ROW_CLASSES = Set.of("22", "23", "44", "54", "P0");

  private static final int MAX_REASON_CHARS = 1_000;

  private PostgresErrors() {}

  static ErrorClass classify(SQLException e) {
    var state = e.getSQLState();
    if (isUnverified(e)) {
      return ErrorClass.SYSTEM;
    }
    if (state == null || state.startsWith("08") || TRANSIENT.contains(state)) {
      return ErrorClass.TRANSIENT;
    }
    // P0 is RAISE EXCEPTION in a user's trigger, 44 a view's check option: ways to refuse a row. 54
    // is a value beyond the server's limits, such as an index entry that does not fit a page.
    return ROW_CLASSES.contains(state.substring(0, 2)) ? ErrorClass.ROW : ErrorClass.SYSTEM;
  }

  /** An error while COMMIT was on its way: no answer is not a refusal. */
  static ErrorClass classifyCommit(SQLException e) {
    var state = e.getSQLState();
    var answered =
        e instanceof PSQLException psql
            && psql.getServerErrorMessage() != null
            && state != null
            && !state.startsWith("57P")
            && !state.startsWith("08");
    return answered ? classify(e) : ErrorClass.AMBIGUOUS;
  }

  /**
   * The driver's own verdict before anything was sent: a certificate that is not good, a name that
   * is not in it (the driver gives that no cause), or a server without TLS.
   */
  private static boolean isUnverified(SQLException e) {
    if (e instanceof PSQLException psql && psql.getServerErrorMessage() != null) {
      return false;
    }
    var message = String.valueOf(e.getMessage());
    return TlsRefusal.isReasonOf(e)
        || "08004".equals(e.getSQLState()) && message.contains("does not support SSL")
        || "08006".equals(e.getSQLState()) && message.contains("could not be verified");
  }

  static StoreException exception(ErrorClass errorClass, String doing, SQLException e) {
    return new StoreException(
        errorClass,
        "%s failed (SQLSTATE %s): %s%s"
            .formatted(doing, e.getSQLState(), reason(e), isUnverified(e) ? TlsRefusal.CURE : ""),
        onOneLine(e));
  }

  /**
   * The same error as a cause: a trigger may put anything into its message, and causes are logged.
   */
  static SQLException onOneLine(SQLException e) {
    var message = OneLine.of(e.getMessage(), MAX_REASON_CHARS);
    if (message.equals(e.getMessage())) {
      return e;
    }
    var clean = new SQLException(message, e.getSQLState(), e.getErrorCode());
    clean.setStackTrace(e.getStackTrace());
    return clean;
  }

  /** The server's own sentence on one line, without the details that quote the row's values. */
  static String reason(SQLException e) {
    if (e instanceof PSQLException psql && psql.getServerErrorMessage() != null) {
      ServerErrorMessage message = psql.getServerErrorMessage();
      return OneLine.of(message.getMessage(), MAX_REASON_CHARS);
    }
    return OneLine.of(e.getMessage(), MAX_REASON_CHARS);
  }
}
