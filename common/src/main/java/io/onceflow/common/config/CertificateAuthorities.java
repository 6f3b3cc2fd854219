package io.onceflow.common.config;

import java.io.FileInputStream;
import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import javax.net.ssl.TrustManagerFactory;

/** The authorities that a client trusts: those of a PEM file, or the JVM's. */
public final class CertificateAuthorities {

  private CertificateAuthorities() {}

  /**
   * Reads them, on the machine that connects.
   *
   * @param pemFile the file with one or more certificates, or null for the JVM's authorities
   * @throws IOException when the file cannot be read
   * @throws GeneralSecurityException when it holds no certificates
   */
  public static TrustManagerFactory trusted(String pemFile)
      throws IOException, GeneralSecurityException {
    KeyStore authorities = null;
    if (pemFile != null) {
      authorities = KeyStore.getInstance(KeyStore.getDefaultType());
      authorities.load(null, null);
      try (var in = new FileInputStream(pemFile)) {
        var number = 0;
        for (var certificate : CertificateFactory.getInstance("X.509").generateCertificates(in)) {
          authorities.setCertificateEntry("authority-" + number++, certificate);
        }
      }
    }
    var factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    factory.init(authorities);
    return factory;
  }
}
