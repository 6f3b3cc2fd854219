package io.onceflow.common.sink;

import java.io.FileNotFoundException;
import java.nio.file.NoSuchFileException;
import java.security.cert.CertificateException;
import javax.net.ssl.SSLException;

/**
 * Tells a server that could not be verified from a network that broke. The first does not pass by
 * itself; the second does.
 */
public final class TlsRefusal {

  /** What a person does about it, as a sentence for the end of a message. */
  public static final String CURE =
      " The server was not verified, so no row was sent to it: compare the host and the certificate"
          + " authority in the configuration with the server's certificate and its dates.";

  private static final int MAX_CAUSES = 20;

  private TlsRefusal() {}

  /** Whether a certificate, what stands in it, or a file that is not there is the reason. */
  public static boolean isReasonOf(Throwable error) {
    return reason(error) != null;
  }

  /**
   * What the reason says: the innermost message alone may be a mere date.
   *
   * @return null when TLS is not the reason
   */
  public static String reason(Throwable error) {
    var depth = 0;
    for (var cause = error; cause != null && depth < MAX_CAUSES; cause = cause.getCause()) {
      if (cause instanceof CertificateException) {
        return "the server's certificate is refused: " + cause.getMessage();
      }
      if (isMissingFile(cause)) {
        return "a file cannot be read: " + cause.getMessage();
      }
      // A handshake that a network broke off has the network's error as its cause.
      if (cause instanceof SSLException && cause.getCause() == null && !isOverload(cause)) {
        return "TLS failed: " + cause.getMessage();
      }
      depth++;
    }
    return null;
  }

  private static boolean isMissingFile(Throwable cause) {
    return cause instanceof NoSuchFileException
        || cause instanceof FileNotFoundException && !text(cause).contains("Too many open files");
  }

  /** The alert of a server that has no time or memory, not of one that was looked at. */
  private static boolean isOverload(Throwable cause) {
    return text(cause).contains("internal_error");
  }

  private static String text(Throwable cause) {
    return String.valueOf(cause.getMessage());
  }
}
