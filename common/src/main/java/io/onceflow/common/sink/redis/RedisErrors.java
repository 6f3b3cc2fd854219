package io.onceflow.common.sink.redis;

import static java.util.Map.entry;

import io.onceflow.common.commit.ErrorClass;
import io.onceflow.common.commit.StoreException;
import io.onceflow.common.config.OneLine;
import io.onceflow.common.sink.TlsRefusal;
import java.util.List;
import java.util.Map;
import redis.clients.jedis.exceptions.JedisConnectionException;
import redis.clients.jedis.exceptions.JedisDataException;

/** What an error of the server or of the connection means for a commit. */
final class RedisErrors {

  private static final int MAX_REASON_CHARS = 500;

  /** They pass by themselves; the server says so before it does anything. */
  private static final List<String> TRANSIENT =
      List.of(
          "LOADING",
          "BUSY",
          "TRYAGAIN",
          "MASTERDOWN",
          "NOREPLICAS",
          "ERR max number of clients reached");

  private static final String GRANT = "Grant the rights that docs/redis.md lists.";
  private static final String NO_CLUSTER = "The sink needs a server that is not in cluster mode.";

  /** What a person does about an error, by how its text begins or what it contains. */
  private static final Map<String, String> CURES =
      Map.ofEntries(
          entry("NOAUTH", "Set user and password."),
          entry("WRONGPASS", "Compare user and password with the server's ACL."),
          entry("NOPERM", GRANT),
          entry("The user executing the script can't", GRANT),
          entry("ACL failure in script", GRANT),
          entry(
              "OOM command not allowed", "The server is full: raise its maxmemory, or make room."),
          entry("MISCONF", "The server cannot write to its disk: see its log."),
          entry("READONLY", "This is a replica: connect the primary."),
          entry("MOVED", NO_CLUSTER),
          entry("CROSSSLOT", NO_CLUSTER));

  private RedisErrors() {}

  static StoreException system(String message) {
    return new StoreException(ErrorClass.SYSTEM, message, null);
  }

  /**
   * @param isSent whether something was asked for that changes data: a connection that then breaks
   *     may have broken before or after it was done
   */
  static StoreException exception(String doing, RuntimeException error, boolean isSent) {
    return new StoreException(
        classify(error, isSent), "%s: %s%s".formatted(doing, reason(error), cure(error)), error);
  }

  static ErrorClass classify(RuntimeException error, boolean isSent) {
    if (TlsRefusal.isReasonOf(error)) {
      return ErrorClass.SYSTEM;
    }
    // The server's answer: a script that answers with an error has written nothing.
    if (error instanceof JedisDataException) {
      return TRANSIENT.stream().anyMatch(text(error)::startsWith)
          ? ErrorClass.TRANSIENT
          : ErrorClass.SYSTEM;
    }
    if (error instanceof JedisConnectionException) {
      return isSent ? ErrorClass.AMBIGUOUS : ErrorClass.TRANSIENT;
    }
    return ErrorClass.SYSTEM;
  }

  /** The server's own words hold no value of a row: scripts are called with arguments. */
  private static String reason(Throwable error) {
    if (TlsRefusal.isReasonOf(error)) {
      return OneLine.of(TlsRefusal.reason(error), MAX_REASON_CHARS) + ".";
    }
    var innermost = error;
    for (var depth = 0; innermost.getCause() != null && depth < 10; depth++) {
      innermost = innermost.getCause();
    }
    var text = innermost.getMessage() == null ? innermost.toString() : innermost.getMessage();
    var line = OneLine.of(text.strip(), MAX_REASON_CHARS);
    return line.endsWith(".") ? line : line + ".";
  }

  private static String cure(RuntimeException error) {
    if (TlsRefusal.isReasonOf(error)) {
      return TlsRefusal.CURE;
    }
    return cure(text(error));
  }

  /** With a space before it, or empty. */
  static String cure(String error) {
    return CURES.entrySet().stream()
        .filter(entry -> error.contains(entry.getKey()))
        .map(entry -> " " + entry.getValue())
        .findFirst()
        .orElse("");
  }

  private static String text(Throwable error) {
    return error.getMessage() == null ? "" : error.getMessage();
  }
}
