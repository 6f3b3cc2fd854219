package io.onceflow.common.sink.mariadb;

import io.onceflow.common.config.MariaDbConfig;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Properties;
import org.mariadb.jdbc.Configuration;

/**
 * Connects with the driver directly: the driver's registry in {@code DriverManager} would keep a
 * job's class loader alive. The address is built from checked parts; no URL is taken from users.
 */
record DriverConnector(MariaDbConfig config) implements MariaDbConnector {

  private static final String NO_DRIVER_LOG = "mariadb.logging.disable";

  static {
    // The driver logs every error of the server with the values it quotes. Those are rows.
    if (System.getProperty(NO_DRIVER_LOG) == null) {
      System.setProperty(NO_DRIVER_LOG, "true");
    }
  }

  @Override
  public Connection connect() throws SQLException {
    requireRootCertificate();
    return BreakableClient.connect(Configuration.parse(url(), properties()));
  }

  /** The driver would not say which file it is that is not there. */
  private void requireRootCertificate() throws SQLException {
    var path = config.server().sslRootCert();
    if (path != null && !Files.isReadable(Path.of(path))) {
      throw new SQLException(
          "The certificate authority's file %s cannot be read on this host.".formatted(path),
          "08006",
          new NoSuchFileException(path));
    }
  }

  private String url() {
    var server = config.server();
    var host = server.host().contains(":") ? "[" + server.host() + "]" : server.host();
    return "jdbc:mariadb://%s:%d/%s".formatted(host, server.port(), server.database());
  }

  private Properties properties() {
    var server = config.server();
    var properties = new Properties();
    properties.setProperty("user", server.user());
    properties.setProperty("password", server.password().reveal());
    properties.setProperty("sslMode", sslMode());
    if (server.sslRootCert() != null) {
      properties.setProperty("serverSslCert", server.sslRootCert());
    }
    properties.setProperty("connectTimeout", Long.toString(server.connectTimeout().toMillis()));
    properties.setProperty("socketTimeout", Long.toString(server.socketTimeout().toMillis()));
    properties.setProperty("tcpKeepAlive", "true");
    // Rows are streamed by LOAD DATA LOCAL from memory; the driver never opens a file for that.
    properties.setProperty("allowLocalInfile", "true");
    properties.setProperty("permitRedirect", "false");
    return properties;
  }

  private String sslMode() {
    return switch (config.server().sslMode()) {
      case DISABLE -> "disable";
      case REQUIRE -> "trust";
      case VERIFY_CA -> "verify-ca";
      case VERIFY_FULL -> "verify-full";
    };
  }

  @Override
  public String description() {
    var server = config.server();
    return "%s:%d/%s".formatted(server.host(), server.port(), server.database());
  }

  @Override
  public String database() {
    return config.server().database();
  }

  @Override
  public String onceflowDatabase() {
    return config.onceflowDatabase();
  }
}
