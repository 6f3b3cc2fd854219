package io.onceflow.testbed.servers;

import java.io.IOException;
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
 * A real MariaDB 11.4 on a loopback port, as a child process that ends with this JVM.
 *
 * <p>It is as durable as a production server (innodb_flush_log_at_trx_commit 1) and keeps no binary
 * log unless {@code log_bin} is set. Passwords are checked; there is one, random, for the superuser
 * {@code root} and for {@code onceflow}, who may do everything with the databases {@code onceflow*}
 * and {@code test*} and nothing else; {@code onceflow_job} may do only what is granted. TLS is off
 * unless {@link Builder#tls} gives a certificate; then it is offered, not demanded. Works as an
 * ordinary user and as root, where the server runs as uid 65534.
 *
 * <p>A server started over a directory that holds data continues with it. Without a directory it
 * keeps its data under {@code target/servers} and deletes them on {@link #close()}.
 *
 * <p>Not thread-safe, except that {@link #connect} and the getters may be called by any thread.
 * Failures are {@link ServerException}s that end with the last lines of the log.
 */
public final class MariaDbServer extends HomedServer {
  private static final String SUPERUSER = "root";
  private static final String OWNER = "onceflow";
  private static final String JOB = "onceflow_job";

  private final Map<String, String> settings;
  private final Path binaries;

  private MariaDbServer(Builder builder) {
    super("mariadb", "MariaDB", builder);
    this.settings = builder.settings();
    this.binaries = MariaDbBinaries.unpacked();
  }

  /** Starts a server with the defaults, its data gone when it is closed. */
  public static MariaDbServer start() {
    return builder().start();
  }

  public static Builder builder() {
    return new Builder();
  }

  /** What can be chosen; everything has a default. */
  public static final class Builder extends ServerBuilder<Builder> {
    private Builder() {
      setting("innodb_flush_log_at_trx_commit", "1");
      setting("innodb_log_file_size", "256M");
      setting("innodb_undo_tablespaces", "0");
      setting("character_set_server", "utf8mb4");
      setting("default_time_zone", "+00:00");
      // The server would spend seconds on a key of its own at each start.
      setting("ssl", "0");
    }

    @Override
    Builder self() {
      return this;
    }

    public MariaDbServer start() {
      MariaDbServer server = new MariaDbServer(this);
      server.startFirst();
      return server;
    }
  }

  /** Returns the account that makes databases and tables. */
  public String user() {
    return OWNER;
  }

  /** Returns the account for jobs, which may do only what it is granted; same password. */
  public String jobUser() {
    return JOB;
  }

  /** Returns the URL of a database, without user and password. */
  public String jdbcUrl(String database) {
    return "jdbc:mariadb://%s:%d/%s".formatted(HOST, port, database);
  }

  /** Opens a connection as {@link #user()} with autocommit on; the caller closes it. */
  public Connection connect(String database) throws SQLException {
    return connect(database, OWNER);
  }

  /** Opens a connection without a database as the superuser {@code root}. */
  public Connection connectAsSuperuser() throws SQLException {
    return connect("", SUPERUSER);
  }

  private Connection connect(String database, String user) throws SQLException {
    return DriverManager.getConnection(
        jdbcUrl(database) + "?allowMultiQueries=true", user, password());
  }

  /** Makes an empty database; {@link #user()} may use it if its name begins with {@code test}. */
  public void createDatabase(String name) {
    sqlAsSuperuser("CREATE DATABASE `%s`".formatted(name.replace("`", "``")));
  }

  /** Runs statements, separated by semicolons, as {@code root}. */
  public void sqlAsSuperuser(String statements) {
    try (Connection connection = connectAsSuperuser();
        Statement statement = connection.createStatement()) {
      statement.execute(statements);
    } catch (SQLException e) {
      throw new ServerException("MariaDB refused: " + e.getMessage(), e);
    }
  }

  /** Proves its name with another certificate from the next connection on; only with TLS. */
  public void useCertificate(ServerCertificate other) {
    writeCertificate(other);
    sqlAsSuperuser("FLUSH SSL");
  }

  @Override
  Program program() {
    return new Daemon();
  }

  private final class Daemon implements Program {
    @Override
    public void prepare() {
      home.prepare(MariaDbServer.this::bootstrap);
      if (certificate != null) {
        writeCertificate(certificate);
      }
    }

    @Override
    public ChildProcess start() {
      List<String> command = command(home.data());
      command.addAll(
          List.of(
              "--bind-address=" + HOST,
              "--port=" + port,
              "--socket=",
              "--pid-file=" + home.data().resolve(DisplacedData.MARIADB_PID_FILE),
              "--skip-name-resolve"));
      if (certificate != null) {
        command.addAll(
            List.of(
                "--ssl=1",
                "--ssl-cert=" + home.file(CERTIFICATE_FILE),
                "--ssl-key=" + home.file(KEY_FILE)));
      }
      return ChildProcess.start(
          new ChildProcess.Spec(
              home.account().command(command),
              Map.of("LC_ALL", "C", "TZ", "UTC"),
              Set.of("MYSQL", "MARIADB"),
              home.log(),
              "KILL"));
    }

    @Override
    public void awaitReady(ChildProcess process) {
      awaitConnection("MariaDB", port, process, MariaDbServer.this::connectAsSuperuser);
    }

    /** Rolls open transactions back, writes what is dirty and stops. */
    @Override
    public String stopSignal() {
      return "TERM";
    }

    @Override
    public void discard(ChildProcess process) {
      process.kill();
    }

    @Override
    public void deleteData() throws IOException {
      home.deleteData();
    }
  }

  private List<String> command(Path data) {
    List<String> command = new ArrayList<>();
    command.add(binaries.resolve("bin/mariadbd").toString());
    command.addAll(
        List.of(
            "--no-defaults",
            "--basedir=" + binaries,
            "--lc-messages-dir=" + binaries.resolve("share"),
            "--datadir=" + data));
    settings.forEach((name, value) -> command.add("--%s=%s".formatted(name, value)));
    return command;
  }

  /** What mariadb-install-db does, without the shell around it and without accounts for all. */
  private void bootstrap(Path data, String password) throws IOException {
    Directories.open(data);
    home.account().own(data);
    Path script = home.secret("bootstrap.sql", bootstrapScript(password));
    List<String> command = command(data);
    command.addAll(List.of("--bootstrap", "--skip-log-bin", "--log-warnings=0"));
    home.run(command, script, Set.of("MYSQL", "MARIADB"));
    Files.delete(script);
  }

  private String bootstrapScript(String password) throws IOException {
    StringBuilder script = new StringBuilder("CREATE DATABASE mysql;\nUSE mysql;\n");
    for (String file : List.of("system_tables", "performance_tables", "system_tables_data")) {
      Path path = binaries.resolve("share/mariadb_%s.sql".formatted(file));
      Files.readAllLines(path, StandardCharsets.UTF_8).stream()
          // Accounts for the machine's name, as mariadb-install-db leaves them out.
          .filter(line -> !line.contains("@current_hostname"))
          .forEach(line -> script.append(line).append('\n'));
    }
    // One statement per line: that is all that --bootstrap understands.
    return script
        + """
        DELETE FROM mysql.global_priv WHERE User = 'root';
        FLUSH PRIVILEGES;
        CREATE USER 'root'@'127.0.0.1' IDENTIFIED BY '%1$s';
        GRANT ALL ON *.* TO 'root'@'127.0.0.1' WITH GRANT OPTION;
        CREATE USER onceflow@'127.0.0.1' IDENTIFIED BY '%1$s';
        GRANT ALL ON `onceflow%%`.* TO onceflow@'127.0.0.1';
        GRANT ALL ON `test%%`.* TO onceflow@'127.0.0.1';
        CREATE USER onceflow_job@'127.0.0.1' IDENTIFIED BY '%1$s';
        """
            .formatted(password);
  }
}
