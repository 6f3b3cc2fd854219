package io.onceflow.common.sink.rabbitmq;

import com.rabbitmq.client.AMQP;
import com.rabbitmq.client.PossibleAuthenticationFailureException;
import com.rabbitmq.client.ShutdownSignalException;
import com.rabbitmq.stream.AuthenticationFailureException;
import com.rabbitmq.stream.Constants;
import com.rabbitmq.stream.StreamDoesNotExistException;
import com.rabbitmq.stream.StreamException;
import io.onceflow.common.commit.ErrorClass;
import io.onceflow.common.commit.StoreException;
import io.onceflow.common.config.OneLine;
import io.onceflow.common.sink.TlsRefusal;
import java.util.Map;
import java.util.Set;

/** What an error of the server or of a connection means for a commit. */
final class RabbitMqErrors {

  private static final int MAX_REASON_CHARS = 500;
  private static final int MAX_CAUSES = 20;

  private static final Map<Short, String> TEXTS =
      Map.of(
          Constants.RESPONSE_CODE_STREAM_DOES_NOT_EXIST, "the stream does not exist",
          Constants.RESPONSE_CODE_STREAM_NOT_AVAILABLE, "the stream is not available",
          Constants.RESPONSE_CODE_ACCESS_REFUSED, "the user has no right to it",
          Constants.RESPONSE_CODE_FRAME_TOO_LARGE, "it is larger than a frame of the server",
          Constants.CODE_MESSAGE_ENQUEUEING_FAILED, "the client could not send it in time",
          Constants.CODE_PRODUCER_NOT_AVAILABLE, "the connection is lost",
          Constants.CODE_PRODUCER_CLOSED, "the connection was closed",
          Constants.CODE_PUBLISH_CONFIRM_TIMEOUT, "no answer came in time");

  /** Codes that do not pass by themselves. */
  private static final Set<Short> LASTING =
      Set.of(
          Constants.RESPONSE_CODE_STREAM_DOES_NOT_EXIST,
          Constants.RESPONSE_CODE_ACCESS_REFUSED,
          Constants.RESPONSE_CODE_FRAME_TOO_LARGE,
          Constants.RESPONSE_CODE_AUTHENTICATION_FAILURE,
          Constants.RESPONSE_CODE_AUTHENTICATION_FAILURE_LOOPBACK,
          Constants.RESPONSE_CODE_VIRTUAL_HOST_ACCESS_FAILURE,
          Constants.RESPONSE_CODE_PRECONDITION_FAILED,
          Constants.RESPONSE_CODE_SASL_MECHANISM_NOT_SUPPORTED);

  private static final Set<Integer> LASTING_AMQP =
      Set.of(AMQP.ACCESS_REFUSED, AMQP.NOT_FOUND, AMQP.PRECONDITION_FAILED, AMQP.NOT_ALLOWED);

  private RabbitMqErrors() {}

  static String text(short code) {
    return TEXTS.getOrDefault(code, "code " + code);
  }

  static boolean isLasting(short code) {
    return LASTING.contains(code);
  }

  static StoreException system(String message) {
    return new StoreException(ErrorClass.SYSTEM, message, null);
  }

  static StoreException exception(String doing, Exception error) {
    return new StoreException(classify(error), "%s: %s".formatted(doing, reason(error)), error);
  }

  /** Publishing and confirming are interleaved: whatever breaks them may have been done. */
  static ErrorClass classify(Throwable error) {
    if (TlsRefusal.isReasonOf(error)) {
      return ErrorClass.SYSTEM;
    }
    var depth = 0;
    for (var cause = error; cause != null && depth < MAX_CAUSES; cause = cause.getCause()) {
      if (isLasting(cause)) {
        return ErrorClass.SYSTEM;
      }
      depth++;
    }
    return ErrorClass.AMBIGUOUS;
  }

  private static boolean isLasting(Throwable error) {
    if (error instanceof StreamException stream) {
      return error instanceof AuthenticationFailureException
          || error instanceof StreamDoesNotExistException
          || isLasting(stream.getCode());
    }
    if (error instanceof ShutdownSignalException signal) {
      return LASTING_AMQP.contains(code(signal));
    }
    return error instanceof IllegalArgumentException
        || error instanceof IndexOutOfBoundsException
        || error instanceof com.rabbitmq.client.AuthenticationFailureException
        || error instanceof PossibleAuthenticationFailureException;
  }

  /** The reply code with which the server closed a channel or connection, or 0. */
  static int code(ShutdownSignalException signal) {
    var reason = signal.getReason();
    if (reason instanceof AMQP.Channel.Close close) {
      return close.getReplyCode();
    }
    return reason instanceof AMQP.Connection.Close close ? close.getReplyCode() : 0;
  }

  private static String reason(Throwable error) {
    if (TlsRefusal.isReasonOf(error)) {
      return OneLine.of(TlsRefusal.reason(error), MAX_REASON_CHARS) + "." + TlsRefusal.CURE;
    }
    var innermost = error;
    for (var depth = 0; innermost.getCause() != null && depth < MAX_CAUSES; depth++) {
      innermost = innermost.getCause();
    }
    var text = innermost.getMessage() == null ? innermost.toString() : innermost.getMessage();
    var line = OneLine.of(text.strip(), MAX_REASON_CHARS);
    return line.endsWith(".") ? line : line + ".";
  }
}
