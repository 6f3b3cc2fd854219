package io.onceflow.common.source.rabbitmq;

import com.rabbitmq.client.AMQP;
import com.rabbitmq.client.AuthenticationFailureException;
import com.rabbitmq.client.PossibleAuthenticationFailureException;
import com.rabbitmq.client.ShutdownSignalException;
import java.util.LinkedHashSet;
import java.util.Set;

/** What an exception of the clients says, which is often in its cause only. */
final class Reasons {

  private static final int MOST = 5;
  private static final int ACCESS_REFUSED = 403;
  private static final int NOT_FOUND = 404;
  private static final int NOT_ALLOWED = 530;

  private Reasons() {}

  static String of(Throwable failure) {
    Set<String> reasons = new LinkedHashSet<>();
    for (var e = failure; e != null && reasons.size() < MOST; e = e.getCause()) {
      reasons.add(e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage());
    }
    return String.join("; ", reasons);
  }

  /** Whether a wish was refused, rather than not heard. */
  static boolean isRefusal(Exception e) {
    return e.getCause() instanceof ShutdownSignalException signal
        && signal.getReason() instanceof AMQP.Channel.Close close
        && close.getReplyCode() == ACCESS_REFUSED;
  }

  /** Whether waiting does not mend it: no such user, right, virtual host or queue. */
  static boolean isMistake(Exception e) {
    if (e instanceof AuthenticationFailureException
        || e instanceof PossibleAuthenticationFailureException) {
      return true;
    }
    if (!(e.getCause() instanceof ShutdownSignalException signal)) {
      return false;
    }
    if (signal.getReason() instanceof AMQP.Connection.Close close) {
      return close.getReplyCode() == NOT_ALLOWED;
    }
    return signal.getReason() instanceof AMQP.Channel.Close close
        && (close.getReplyCode() == NOT_FOUND
            || isRefusal(e) && !close.getReplyText().contains("exclusive use"));
  }
}
