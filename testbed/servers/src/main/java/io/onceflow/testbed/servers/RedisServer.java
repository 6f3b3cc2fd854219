package io.onceflow.testbed.servers;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import redis.clients.jedis.exceptions.JedisException;

/**
 * A real Redis 6.2 on a loopback port, as a child process that ends with this JVM.
 *
 * <p>It is as durable as exactly-once needs it: {@code appendonly yes}, {@code appendfsync always}.
 * There is one random password for {@code default}, who may do everything. TLS is off unless {@link
 * Builder#tls} gives a certificate; then it is offered at a port of its own, {@link #tlsPort()}.
 * Works as an ordinary user and as root, where the server runs as uid 65534.
 *
 * <p>A server started over a directory that holds data continues with it. Without a directory it
 * keeps its data under {@code target/servers} and deletes them on {@link #close()}.
 *
 * <p>Not thread-safe, except that {@link #connect} and the getters may be called by any thread.
 * Failures are {@link ServerException}s that end with the last lines of the log.
 */
public final class RedisServer extends HomedServer {
  private static final String ADMINISTRATOR = "default";
  private static final String CONFIG_FILE = "redis.conf";

  private final int tlsPort;
  private final Map<String, String> settings;

  private RedisServer(Builder builder) {
    super("redis", "Redis", builder);
    this.tlsPort = certificate == null ? 0 : FreePort.next();
    this.settings = builder.settings();
  }

  /** Starts a server with the defaults, its data gone when it is closed. */
  public static RedisServer start() {
    return builder().start();
  }

  public static Builder builder() {
    return new Builder();
  }

  /** What can be chosen; everything has a default. */
  public static final class Builder extends ServerBuilder<Builder> {
    private Builder() {
      setting("appendonly", "yes");
      setting("appendfsync", "always");
      setting("save", "\"\"");
    }

    @Override
    Builder self() {
      return this;
    }

    public RedisServer start() {
      RedisServer server = new RedisServer(this);
      server.startFirst();
      return server;
    }
  }

  /** Returns the port for TLS, 0 without a certificate. */
  public int tlsPort() {
    return tlsPort;
  }

  /** Returns the user that may do everything. */
  public String user() {
    return ADMINISTRATOR;
  }

  /** Opens a connection as {@link #user()}; the caller closes it. */
  public RedisClient connect() {
    return RedisClient.connect(HOST, port, ADMINISTRATOR, password());
  }

  /** Sends one command as {@link #user()} over a connection of its own. */
  public Object command(String name, String... arguments) {
    try (RedisClient client = connect()) {
      return client.command(name, arguments);
    }
  }

  @Override
  Program program() {
    return new Daemon();
  }

  private final class Daemon implements Program {
    @Override
    public void prepare() {
      home.prepare((data, password) -> makeEmpty(data));
      if (certificate != null) {
        writeCertificate(certificate);
      }
      try {
        // A file: what stands in arguments is seen by every user of the machine.
        home.secret(CONFIG_FILE, configuration());
      } catch (IOException e) {
        throw new ServerException("The configuration of Redis could not be written.", e);
      }
    }

    @Override
    public ChildProcess start() {
      List<String> command =
          List.of(RedisBinaries.server().toString(), home.file(CONFIG_FILE).toString());
      return ChildProcess.start(
          new ChildProcess.Spec(
              home.account().command(command),
              Map.of("LC_ALL", "C", "TZ", "UTC"),
              Set.of("REDIS"),
              home.log(),
              "KILL"));
    }

    @Override
    public void awaitReady(ChildProcess process) {
      awaitAnswer("Redis", port, process, RedisServer.this::answers);
    }

    /** Writes what is not written yet and stops. */
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

  private void makeEmpty(Path data) throws IOException {
    Files.createDirectory(data);
    home.account().own(data);
  }

  private String configuration() {
    StringBuilder lines = new StringBuilder();
    settings.forEach((name, value) -> lines.append("%s %s%n".formatted(name, value)));
    if (certificate != null) {
      lines.append("tls-port %d%n".formatted(tlsPort));
      lines.append("tls-cert-file \"%s\"%n".formatted(home.file(CERTIFICATE_FILE)));
      lines.append("tls-key-file \"%s\"%n".formatted(home.file(KEY_FILE)));
      lines.append("tls-auth-clients no%n".formatted());
    }
    return lines
        + """
        bind %s
        port %d
        dir "%s"
        pidfile "%s"
        daemonize no
        requirepass %s
        """
            .formatted(
                HOST,
                port,
                home.data(),
                home.data().resolve(DisplacedData.REDIS_PID_FILE),
                password());
  }

  /** While it reads its file it answers with LOADING. */
  private boolean answers() {
    try {
      return "PONG".equals(command("PING"));
    } catch (JedisException notYet) {
      return false;
    }
  }
}
