package io.onceflow.testbed.servers;

import java.io.IOException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * A real PostgreSQL 17 on a loopback port, as a child process that ends with this JVM.
 *
 * <p>It is as durable as a production server (fsync on) and has two-phase commit switched on
 * (max_prepared_transactions 64). Passwords are checked (SCRAM); there is one, random, for the
 * superuser {@code postgres}, for {@code onceflow}, who owns the database of that name, and for
 * {@code onceflow_job}, who owns nothing and may do only what is granted. Works as an ordinary user
 * and as root, where the server runs as uid 65534.
 *
 * <p>TLS is off unless {@link Builder#tls} gives a certificate; then it is offered, not demanded.
 *
 * <p>A server started over a directory that holds data continues with it. Without a directory it
 * keeps its data under {@code target/servers} and deletes them on {@link #close()}.
 *
 * <p>Not thread-safe, except that {@link #connect()} and the getters may be called by any thread.
 * Failures are {@link ServerException}s that end with the last lines of the log.
 */
public final class PostgresServer extends HomedServer {
  private static final String SUPERUSER = "postgres";
  private static final String OWNER = "onceflow";
  private static final String JOB = "onceflow_job";

  private final Map<String, String> settings;
  private final Path binaries;

  private PostgresServer(Builder builder) {
    super("postgres", "PostgreSQL", builder);
    this.settings = builder.settings();
    this.binaries = PostgresBinaries.unpacked();
  }

  /** Starts a server with the defaults, its data gone when it is closed. */
  public static PostgresServer start() {
    return builder().start();
  }

  public static Builder builder() {
    return new Builder();
  }

  /** What can be chosen; everything has a default. */
  public static final class Builder extends ServerBuilder<Builder> {
    private Builder() {
      setting("max_prepared_transactions", "64");
      setting("shared_buffers", "128MB");
      setting("max_wal_size", "2GB");
      setting("fsync", "on");
      setting("timezone", "UTC");
      setting("log_timezone", "UTC");
    }

    @Override
    Builder self() {
      return this;
    }

    public PostgresServer start() {
      PostgresServer server = new PostgresServer(this);
      server.startFirst();
      return server;
    }
  }

  /** Returns the database that {@link #connect()} goes to. */
  public String database() {
    return OWNER;
  }

  /** Returns the owner of {@link #database()}, who makes schemas. */
  public String user() {
    return OWNER;
  }

  /** Returns the role for jobs, which may do only what it is granted; the password is the same. */
  public String jobUser() {
    return JOB;
  }

  /** Returns the URL of {@link #database()}, without user and password. */
  public String jdbcUrl() {
    return jdbcUrl(database());
  }

  public String jdbcUrl(String database) {
    return "jdbc:postgresql://%s:%d/%s"
        .formatted(HOST, port, URLEncoder.encode(database, StandardCharsets.UTF_8));
  }

  /** Opens a connection as {@link #user()} with autocommit on; the caller closes it. */
  public Connection connect() throws SQLException {
    return DriverManager.getConnection(jdbcUrl(), OWNER, password());
  }

  public Connection connect(String database) throws SQLException {
    return DriverManager.getConnection(jdbcUrl(database), OWNER, password());
  }

  /** Opens a connection to {@link #database()} as the superuser {@code postgres}. */
  public Connection connectAsSuperuser() throws SQLException {
    return connectAsSuperuser(database());
  }

  /** Opens a connection to any database as the superuser {@code postgres}. */
  public Connection connectAsSuperuser(String database) throws SQLException {
    return DriverManager.getConnection(jdbcUrl(database), SUPERUSER, password());
  }

  /** Opens a connection as {@link #jobUser()} with autocommit on; the caller closes it. */
  public Connection connectAsJob(String database) throws SQLException {
    return DriverManager.getConnection(jdbcUrl(database), JOB, password());
  }

  /** Makes an empty database owned by {@link #user()}. */
  public void createDatabase(String name) {
    sqlAsSuperuser(OWNER, "CREATE DATABASE %s OWNER %s".formatted(quoted(name), OWNER));
  }

  /** Runs statements, separated by semicolons, in {@link #database()} as {@link #user()}. */
  public void sql(String statements) {
    sql(OWNER, OWNER, statements);
  }

  private void sqlAsSuperuser(String database, String statements) {
    sql(database, SUPERUSER, statements);
  }

  private void sql(String database, String user, String statements) {
    try (Connection connection = DriverManager.getConnection(jdbcUrl(database), user, password());
        Statement statement = connection.createStatement()) {
      statement.execute(statements);
    } catch (SQLException e) {
      throw new ServerException("PostgreSQL refused: " + e.getMessage(), e);
    }
  }

  /** Proves its name with another certificate from the next connection on; only with TLS. */
  public void useCertificate(ServerCertificate other) {
    writeCertificate(other);
    sqlAsSuperuser(OWNER, "SELECT pg_reload_conf()");
  }

  @Override
  Program program() {
    return new Postmaster();
  }

  private final class Postmaster implements Program {
    @Override
    public void prepare() {
      home.prepare(PostgresServer.this::initdb);
      if (certificate != null) {
        writeCertificate(certificate);
      }
    }

    @Override
    public ChildProcess start() {
      List<String> command = new ArrayList<>();
      command.add(binaries.resolve("bin/postgres").toString());
      command.addAll(List.of("-D", home.data().toString(), "-p", Integer.toString(port)));
      command.addAll(List.of("-c", "listen_addresses=" + HOST, "-c", "unix_socket_directories="));
      settings.forEach((name, value) -> command.addAll(List.of("-c", name + "=" + value)));
      if (certificate != null) {
        command.addAll(List.of("-c", "ssl=on"));
        command.addAll(List.of("-c", "ssl_cert_file=" + home.file(CERTIFICATE_FILE)));
        command.addAll(List.of("-c", "ssl_key_file=" + home.file(KEY_FILE)));
      }
      return ChildProcess.start(
          new ChildProcess.Spec(
              home.account().command(command),
              Map.of("LC_ALL", "C"),
              Set.of("PG"),
              home.log(),
              "QUIT"));
    }

    @Override
    public void awaitReady(ChildProcess process) {
      awaitConnection(
          "PostgreSQL",
          port,
          process,
          () -> DriverManager.getConnection(jdbcUrl(SUPERUSER), SUPERUSER, password()));
      makeOwner(process);
    }

    /** Ends open connections and transactions, writes a checkpoint and stops. */
    @Override
    public String stopSignal() {
      return "INT";
    }

    @Override
    public void discard(ChildProcess process) {
      process.stop("QUIT", STOP_TIMEOUT);
    }

    @Override
    public void deleteData() throws IOException {
      home.deleteData();
    }
  }

  private void initdb(Path data, String password) throws IOException {
    Path initialPassword = home.secret("initial-password", password);
    List<String> command =
        List.of(
            binaries.resolve("bin/initdb").toString(),
            "--pgdata=" + data,
            "--username=" + SUPERUSER,
            "--pwfile=" + initialPassword,
            "--auth=scram-sha-256",
            "--encoding=UTF8",
            "--locale=C",
            // Syncing the thousand files of an empty cluster helps nobody; what follows is synced.
            "--no-sync",
            "--no-instructions");
    home.run(command, Path.of("/dev/null"), Set.of("PG"));
    Files.delete(initialPassword);
  }

  /** Makes role and database unless they are there: the first start may have been interrupted. */
  private void makeOwner(ChildProcess process) {
    try (Connection connection =
            DriverManager.getConnection(jdbcUrl(SUPERUSER), SUPERUSER, password());
        Statement statement = connection.createStatement()) {
      for (String role : List.of(OWNER, JOB)) {
        if (isMissing(statement, "SELECT FROM pg_roles WHERE rolname = '%s'", role)) {
          statement.execute("CREATE ROLE %s LOGIN PASSWORD '%s'".formatted(role, password()));
        }
      }
      if (isMissing(statement, "SELECT FROM pg_database WHERE datname = '%s'", OWNER)) {
        statement.execute("CREATE DATABASE %s OWNER %s".formatted(OWNER, OWNER));
      }
    } catch (SQLException e) {
      throw new ServerException(
          "The role and database %s could not be made. %s".formatted(OWNER, process.logTail()), e);
    }
  }

  private static boolean isMissing(Statement statement, String query, String name)
      throws SQLException {
    try (var found = statement.executeQuery(query.formatted(name))) {
      return !found.next();
    }
  }

  private static String quoted(String identifier) {
    return '"' + identifier.replace("\"", "\"\"") + '"';
  }
}
