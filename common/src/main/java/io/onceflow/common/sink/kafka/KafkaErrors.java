package io.onceflow.common.sink.kafka;

import io.onceflow.common.commit.ErrorClass;
import io.onceflow.common.commit.StoreException;
import io.onceflow.common.config.OneLine;
import io.onceflow.common.sink.TlsRefusal;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import org.apache.kafka.common.InvalidRecordException;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.common.errors.AuthenticationException;
import org.apache.kafka.common.errors.AuthorizationException;
import org.apache.kafka.common.errors.InvalidProducerEpochException;
import org.apache.kafka.common.errors.InvalidTimestampException;
import org.apache.kafka.common.errors.InvalidTopicException;
import org.apache.kafka.common.errors.InvalidTxnStateException;
import org.apache.kafka.common.errors.InvalidTxnTimeoutException;
import org.apache.kafka.common.errors.ProducerFencedException;
import org.apache.kafka.common.errors.RecordBatchTooLargeException;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.apache.kafka.common.errors.TransactionalIdAuthorizationException;
import org.apache.kafka.common.errors.UnsupportedVersionException;

/**
 * What an error of Kafka's clients means for a commit. The reason may be anywhere in the chain of
 * causes: a producer wraps it when it is asked once more.
 */
final class KafkaErrors {

  private static final List<Class<? extends Throwable>> FENCED =
      List.of(
          ProducerFencedException.class,
          InvalidProducerEpochException.class,
          InvalidTxnStateException.class);

  private static final List<Class<? extends Throwable>> ROW =
      List.of(
          RecordTooLargeException.class,
          RecordBatchTooLargeException.class,
          InvalidRecordException.class,
          InvalidTimestampException.class);

  /** A person has to put these right first. */
  private static final List<Class<? extends Throwable>> SYSTEM =
      List.of(
          AuthorizationException.class,
          AuthenticationException.class,
          UnsupportedVersionException.class,
          InvalidTxnTimeoutException.class,
          InvalidTopicException.class,
          ConfigException.class);

  private static final int MAX_REASON_CHARS = 1_000;

  private KafkaErrors() {}

  /**
   * The transaction is not this producer's to end any more: another one with the same id was
   * initialized, or the broker gave it up.
   */
  static boolean isFenced(Throwable error) {
    return has(error, FENCED);
  }

  /**
   * The record is at fault, and only the record. Causes do not count: what is sent after it fails
   * because of it.
   */
  static boolean isRow(Throwable error) {
    return ROW.stream().anyMatch(type -> type.isInstance(error));
  }

  /** Everything that is nobody's fault in particular is tried again with new clients. */
  static ErrorClass classify(Throwable error) {
    return has(error, SYSTEM) || TlsRefusal.isReasonOf(error)
        ? ErrorClass.SYSTEM
        : ErrorClass.TRANSIENT;
  }

  static StoreException exception(String doing, Throwable error) {
    return exception(classify(error), doing, error);
  }

  static StoreException exception(ErrorClass errorClass, String doing, Throwable error) {
    return new StoreException(
        errorClass, "%s: %s%s".formatted(doing, reason(error), cure(error)), error);
  }

  private static String cure(Throwable error) {
    if (TlsRefusal.isReasonOf(error)) {
      return TlsRefusal.CURE;
    }
    return has(error, List.of(TransactionalIdAuthorizationException.class))
        ? " Grant the user WRITE on this sink's transactional id, of.ID: see docs/kafka.md."
        : "";
  }

  static StoreException fenced(String message) {
    return new StoreException(ErrorClass.FENCED, message, null);
  }

  static StoreException system(String message) {
    return new StoreException(ErrorClass.SYSTEM, message, null);
  }

  /** Waits for an answer of the admin client and unwraps its error. */
  static <T> T await(Future<T> answer) {
    try {
      return answer.get();
    } catch (ExecutionException e) {
      throw e.getCause() instanceof RuntimeException cause
          ? cause
          : new KafkaException(e.getCause());
    } catch (InterruptedException e) {
      throw new org.apache.kafka.common.errors.InterruptException(e);
    }
  }

  /** The innermost message that says something. */
  static String reason(Throwable error) {
    if (TlsRefusal.isReasonOf(error)) {
      return OneLine.of(TlsRefusal.reason(error), MAX_REASON_CHARS);
    }
    var texts = new ArrayList<String>();
    for (var cause = error; cause != null && texts.size() < 10; cause = cause.getCause()) {
      if (cause.getMessage() != null) {
        texts.add(cause.getMessage().strip());
      }
    }
    return OneLine.of(
        texts.isEmpty() ? error.toString() : texts.get(texts.size() - 1), MAX_REASON_CHARS);
  }

  private static boolean has(Throwable error, List<Class<? extends Throwable>> classes) {
    var depth = 0;
    for (var cause = error; cause != null && depth < 10; cause = cause.getCause(), depth++) {
      var found = cause;
      if (classes.stream().anyMatch(type -> type.isInstance(found))) {
        return true;
      }
    }
    return false;
  }
}
