package io.onceflow.testbed.servers;

import java.io.IOException;
import java.nio.file.Path;

/** A server that keeps its things in a {@link ServerHome}, with one password for its accounts. */
public abstract class HomedServer extends ServerProcess {
  static final String CERTIFICATE_FILE = "server.crt";
  static final String KEY_FILE = "server.key";

  final ServerHome home;
  final int port;
  final ServerCertificate certificate;
  private final String product;

  /**
   * @param product as messages call it
   */
  HomedServer(String name, String product, ServerBuilder<?> builder) {
    super(builder.keepsData());
    this.product = product;
    this.home = new ServerHome(name, builder.directoryOr(name), ServerAccount.unprivileged());
    this.port = builder.portOrFree();
    this.certificate = builder.certificate();
  }

  public String host() {
    return HOST;
  }

  public int port() {
    return port;
  }

  public String password() {
    return home.password();
  }

  /** Returns the file that holds the password, readable by this process's user alone. */
  public Path passwordFile() {
    return home.passwordFile();
  }

  public Path log() {
    return home.log();
  }

  final void writeCertificate(ServerCertificate current) {
    try {
      home.secret(CERTIFICATE_FILE, current.certificate());
      home.secret(KEY_FILE, current.key());
    } catch (IOException e) {
      throw new ServerException(
          "The certificate of %s could not be written.".formatted(product), e);
    }
  }
}
