package io.onceflow.testbed.servers;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What every server can be told; everything has a default. Not thread-safe.
 *
 * @param <B> the builder of one kind of server
 */
public abstract class ServerBuilder<B extends ServerBuilder<B>> {
  private final Map<String, String> settings = new LinkedHashMap<>();
  private Path directory;
  private int port;
  private ServerCertificate certificate;

  ServerBuilder() {}

  abstract B self();

  /** Where data and log live; they stay there when the server is closed. */
  public B directory(Path directory) {
    this.directory = directory;
    return self();
  }

  /** The loopback port; without it a free one. */
  public B port(int port) {
    this.port = port;
    return self();
  }

  /** A line of the server's configuration; it beats the default of the same name. */
  public B setting(String name, String value) {
    settings.put(name, value);
    return self();
  }

  /** TLS with this certificate; the server's description says who must use it and where. */
  public B tls(ServerCertificate certificate) {
    this.certificate = certificate;
    return self();
  }

  /** Whether the data stay when the server is closed. */
  final boolean keepsData() {
    return directory != null;
  }

  /** Returns the chosen directory, or a new one below {@code target/servers}. */
  final Path directoryOr(String name) {
    return (directory == null ? Directories.fresh(name) : directory).toAbsolutePath();
  }

  final int portOrFree() {
    return port == 0 ? FreePort.next() : port;
  }

  /** Returns all settings in the order in which they were made. */
  final Map<String, String> settings() {
    return new LinkedHashMap<>(settings);
  }

  /** Returns the certificate, or null. */
  final ServerCertificate certificate() {
    return certificate;
  }
}
