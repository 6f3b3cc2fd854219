package io.onceflow.common.sink.postgres;

import io.onceflow.common.config.PostgresConfig;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Properties;

/**
 * Connects with the driver directly: the driver's registry in {@code DriverManager} would keep a
 * job's class loader alive. The address is built from checked parts; no URL is taken from users.
 */
record DriverConnector(PostgresConfig config) implements PostgresConnector {

  @Override
  public Connection connect() throws SQLException {
    var connection = new org.postgresql.Driver().connect(url(), properties());
    if (connection == null) {
      throw new SQLException("The PostgreSQL driver does not take the address " + url(), "08001");
    }
    return connection;
  }

  private String url() {
    var host = config.host().contains(":") ? "[" + config.host() + "]" : config.host();
    return "jdbc:postgresql://%s:%d/%s".formatted(host, config.port(), config.database());
  }

  private Properties properties() {
    var properties = new Properties();
    properties.setProperty("user", config.user());
    properties.setProperty("password", config.password().reveal());
    properties.setProperty("sslmode", config.sslMode().configName());
    config.rootCertificate().ifPresent(path -> properties.setProperty("sslrootcert", path));
    properties.setProperty("connectTimeout", Long.toString(config.connectTimeout().toSeconds()));
    properties.setProperty("loginTimeout", Long.toString(config.connectTimeout().toSeconds()));
    properties.setProperty("socketTimeout", Long.toString(config.socketTimeout().toSeconds()));
    properties.setProperty("tcpKeepAlive", "true");
    properties.setProperty("targetServerType", "primary");
    properties.setProperty("ApplicationName", "onceflow");
    // The detail of an error quotes the row; exceptions end up in logs and in the web UI.
    properties.setProperty("logServerErrorDetail", "false");
    // Rows go as binary arrays where COPY cannot be used: see ColumnArrays.
    properties.setProperty("binaryTransferEnable", PostgresType.arrayOids());
    return properties;
  }

  @Override
  public String description() {
    return "%s:%d/%s".formatted(config.host(), config.port(), config.database());
  }
}
