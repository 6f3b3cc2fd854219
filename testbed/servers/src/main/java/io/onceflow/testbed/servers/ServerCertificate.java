package io.onceflow.testbed.servers;

/**
 * What a server proves its name with, as PEM.
 *
 * @param certificate the certificate
 * @param key its private key, PKCS#8 without a password
 */
public record ServerCertificate(String certificate, String key) {
  @Override
  public String toString() {
    return "ServerCertificate[******]";
  }
}
