package io.onceflow.common.config;

/** Encryption is never without knowing to whom. */
public enum TlsMode {
  /** No encryption. */
  DISABLE,
  /** The certificate is checked, the host name is not. */
  VERIFY_CA,
  /** The certificate and the host name are checked. */
  VERIFY_FULL;

  /** Reads {@code ssl-mode} and {@code allow-insecure}; a remote server is verified by default. */
  static TlsMode read(ConfigReader reader, String host) {
    var allowInsecure =
        reader
            .bool("allow-insecure", "Allows a remote server that is not verified by TLS.")
            .orElse(false);
    var mode =
        reader
            .oneOf("ssl-mode", TlsMode.class, "How far the server is verified.")
            .orElse(VERIFY_FULL);
    if (mode == DISABLE && !Hosts.isLoopback(host) && !allowInsecure) {
      reader.reject(
          "ssl-mode",
          "must be verify-full or verify-ca because host is not this machine; with a network you"
              + " trust set allow-insecure: true");
    }
    return mode;
  }

  /** Reads {@code ssl-root-cert}; null when it is not set. */
  static String readAuthority(ConfigReader reader) {
    return reader
        .string("ssl-root-cert", "PEM file of the certificate authority.")
        .matching(path -> path.startsWith("/"), "an absolute path")
        .optional()
        .orElse(null);
  }
}
