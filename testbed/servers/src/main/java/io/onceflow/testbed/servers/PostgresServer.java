package io.onceflow.testbed.servers;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * A real PostgreSQL 17 on a loopback port, as a child process that ends with this JVM.
 *
 * <p>It is as durable as a production server (fsync on) and has two-phase commit switched on
 * (max_prepared_transactions 64). Passwords are checked (SCRAM); there is one, random, for the
 * superuser {@code postgres} and for {@code onceflow}, who owns the database of that name. Works as
 * an ordinary user and as root, where the server runs as uid 65534.
 *
 * <p>A server started over a directory that holds data continues with it. Without a directory it
 * keeps its data under {@code target/servers} and deletes them on {@link #close()}.
 *
 * <p>Not thread-safe, except that {@link #connect()} and the getters may be called by any thread.
 * Failures are {@link ServerException}s that end with the last lines of the log.
 */
public final class PostgresServer implements AutoCloseable {
  private static final String HOST = "127.0.0.1";
  private static final String SUPERUSER = "postgres";
  private static final String OWNER = "onceflow";
  private static final Duration START_TIMEOUT = Duration.ofSeconds(60);
  private static final Duration STOP_TIMEOUT = Duration.ofSeconds(30);
  private static final Duration POLL = Duration.ofMillis(20);

  private final PostgresHome home;
  private final boolean keepData;
  private final int port;
  private final Map<String, String> settings;
  private final Path binaries;
  private ChildProcess process;

  private PostgresServer(Builder builder) {
    this.keepData = builder.directory != null;
    Path directory = keepData ? builder.directory : Directories.fresh("postgres");
    this.home = new PostgresHome(directory.toAbsolutePath(), ServerAccount.unprivileged());
    this.port = builder.port == 0 ? FreePort.next() : builder.port;
    this.settings = Map.copyOf(builder.settings);
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
  public static final class Builder {
    private final Map<String, String> settings = new LinkedHashMap<>();
    private Path directory;
    private int port;

    private Builder() {
      settings.put("max_prepared_transactions", "64");
      settings.put("shared_buffers", "128MB");
      settings.put("max_wal_size", "2GB");
      settings.put("fsync", "on");
      settings.put("timezone", "UTC");
      settings.put("log_timezone", "UTC");
    }

    /** Where data and log live; they stay there when the server is closed. */
    public Builder directory(Path directory) {
      this.directory = directory;
      return this;
    }

    /** The loopback port; without it a free one. */
    public Builder port(int port) {
      this.port = port;
      return this;
    }

    /** A setting of postgresql.conf; it beats the default of the same name. */
    public Builder setting(String name, String value) {
      settings.put(name, value);
      return this;
    }

    public PostgresServer start() {
      PostgresServer server = new PostgresServer(this);
      try {
        server.home.prepare(server.binaries);
        server.launch();
        return server;
      } catch (RuntimeException e) {
        server.deleteUnlessKept();
        throw e;
      }
    }
  }

  public String host() {
    return HOST;
  }

  public int port() {
    return port;
  }

  /** Returns the database that {@link #connect()} goes to. */
  public String database() {
    return OWNER;
  }

  public String user() {
    return OWNER;
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
    return DriverManager.getConnection(jdbcUrl(), SUPERUSER, password());
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

  /** Returns the pids of the postmaster and all its backends; none when it is down. */
  public List<Long> pids() {
    return process.pids();
  }

  public boolean isRunning() {
    return process.isAlive();
  }

  /** SIGKILL to the postmaster and all its backends at once, like a power cut of the machine. */
  public void kill() {
    process.kill();
  }

  /** SIGSTOP to all its processes: connections stay open and nothing answers. */
  public void pause() {
    process.pause();
  }

  public void resume() {
    process.resume();
  }

  /** Ends open connections and transactions, writes a checkpoint and stops; the data stay. */
  public void stop() {
    process.stop("INT", STOP_TIMEOUT);
  }

  /**
   * Starts again over the same data and port, after {@link #kill()} or {@link #stop()}, or stops
   * first.
   */
  public void restart() {
    stop();
    launch();
  }

  /** Stops the server; without a directory of the user's its data are deleted. */
  @Override
  public void close() {
    if (keepData) {
      stop();
      return;
    }
    // Nobody reads the data again, so no checkpoint is waited for.
    process.stop("QUIT", STOP_TIMEOUT);
    deleteUnlessKept();
  }

  private void deleteUnlessKept() {
    if (keepData) {
      return;
    }
    try {
      home.deleteData();
    } catch (IOException e) {
      throw new UncheckedIOException("The data below " + home.directory() + " remain.", e);
    }
  }

  private void launch() {
    List<String> command = new ArrayList<>();
    command.add(binaries.resolve("bin/postgres").toString());
    command.addAll(List.of("-D", home.data().toString(), "-p", Integer.toString(port)));
    command.addAll(List.of("-c", "listen_addresses=" + HOST, "-c", "unix_socket_directories="));
    settings.forEach((name, value) -> command.addAll(List.of("-c", name + "=" + value)));
    process =
        ChildProcess.start(
            new ChildProcess.Spec(
                home.account().command(command),
                Map.of("LC_ALL", "C"),
                Set.of("PG"),
                home.log(),
                "QUIT"));
    try {
      awaitReady();
      makeOwner();
    } catch (RuntimeException e) {
      process.kill();
      throw e;
    }
  }

  private void awaitReady() {
    long deadline = System.nanoTime() + START_TIMEOUT.toNanos();
    SQLException last = null;
    while (System.nanoTime() < deadline) {
      try (Connection ready =
          DriverManager.getConnection(jdbcUrl(SUPERUSER), SUPERUSER, password())) {
        if (ready.isValid(0)) {
          return;
        }
      } catch (SQLException notYet) {
        last = notYet;
      }
      if (process.awaitExit(POLL)) {
        throw new ServerException(
            "PostgreSQL ended while it was starting on port %d. %s"
                .formatted(port, process.logTail()));
      }
    }
    throw new ServerException(
        "PostgreSQL did not answer on port %d within %d s. %s"
            .formatted(port, START_TIMEOUT.toSeconds(), process.logTail()),
        last);
  }

  /** Makes role and database unless they are there: the first start may have been interrupted. */
  private void makeOwner() {
    try (Connection connection =
            DriverManager.getConnection(jdbcUrl(SUPERUSER), SUPERUSER, password());
        Statement statement = connection.createStatement()) {
      if (isMissing(statement, "SELECT FROM pg_roles WHERE rolname = '%s'")) {
        statement.execute("CREATE ROLE %s LOGIN PASSWORD '%s'".formatted(OWNER, password()));
      }
      if (isMissing(statement, "SELECT FROM pg_database WHERE datname = '%s'")) {
        statement.execute("CREATE DATABASE %s OWNER %s".formatted(OWNER, OWNER));
      }
    } catch (SQLException e) {
      throw new ServerException(
          "The role and database %s could not be made. %s".formatted(OWNER, process.logTail()), e);
    }
  }

  private static boolean isMissing(Statement statement, String query) throws SQLException {
    try (var found = statement.executeQuery(query.formatted(OWNER))) {
      return !found.next();
    }
  }

  private static String quoted(String identifier) {
    return '"' + identifier.replace("\"", "\"\"") + '"';
  }
}
