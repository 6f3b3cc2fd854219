package io.onceflow.common.config;

import java.util.Locale;

/** Modes that either verify a database server or do not; those that guess are left out. */
public enum SslMode {
  /** No encryption. */
  DISABLE,
  /** Encryption without knowing to whom. */
  REQUIRE,
  /** The certificate is checked, the host name is not. */
  VERIFY_CA,
  /** The certificate and the host name are checked. */
  VERIFY_FULL;

  /** The name in configurations, such as {@code verify-full}. */
  public String configName() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  boolean verifiesTheServer() {
    return this == VERIFY_CA || this == VERIFY_FULL;
  }
}
