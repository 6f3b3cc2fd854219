package io.onceflow.testbed.servers;

import com.rabbitmq.client.Connection;
import com.rabbitmq.client.ConnectionFactory;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeoutException;

/**
 * A real RabbitMQ with streams on loopback ports, as child processes that end with this JVM: the
 * server and a port mapper ({@code epmd}) of its own, so that no other RabbitMQ of the machine is
 * touched.
 *
 * <p>There is one random password for {@code onceflow}, who may do everything. TLS is off unless
 * {@link Builder#tls} gives a certificate; then it is offered at ports of its own, {@link
 * #tlsPort()} and {@link #streamTlsPort()}. Works as an ordinary user and as root, where the server
 * runs as uid 65534.
 *
 * <p>A server started over a directory that holds data continues with it. Without a directory it
 * keeps its data under {@code target/servers} and deletes them on {@link #close()}. It takes 5 s to
 * start.
 *
 * <p>Not thread-safe, except that {@link #connect} and the getters may be called by any thread.
 * Failures are {@link ServerException}s that end with the last lines of the log.
 */
public final class RabbitMqServer extends HomedServer {
  private static final String ADMINISTRATOR = "onceflow";
  private static final String CONFIG_FILE = "rabbitmq.conf";

  /** Data belong to a node of a name; nobody else asks this server's own mapper for one. */
  private static final String NODE = "onceflow@localhost";

  private static final String PLUGINS_FILE = "enabled_plugins";
  private static final int CONNECT_TIMEOUT_MS = 5000;

  /**
   * Arguments: the port of the mapper, the server. A server that finds no mapper starts one that
   * outlives everybody, so it waits for this one. The shell stays, as it ends the mapper after the
   * server; SIGTERM is handed on, and the second wait is for the orderly end that follows.
   */
  private static final String LAUNCHER =
      """
      epmd -port "$1" & mapper=$!
      tries=0
      until epmd -port "$1" -names || [ "$tries" -ge 100 ]; do sleep 0.05; tries=$((tries + 1)); done
      "$2" & server=$!
      trap 'kill -s TERM "$server"' TERM
      wait "$server"; code=$?
      wait "$server" 2>/dev/null
      kill "$mapper"
      exit "$code"
      """;

  private final int streamPort = FreePort.next();
  private final int mapperPort = FreePort.next();
  private final int distributionPort = FreePort.next();
  private final int tlsPort;
  private final int streamTlsPort;
  private final Map<String, String> settings;

  private RabbitMqServer(Builder builder) {
    super("rabbitmq", "RabbitMQ", builder);
    this.tlsPort = certificate == null ? 0 : FreePort.next();
    this.streamTlsPort = certificate == null ? 0 : FreePort.next();
    this.settings = builder.settings();
  }

  /** Starts a server with the defaults, its data gone when it is closed. */
  public static RabbitMqServer start() {
    return builder().start();
  }

  public static Builder builder() {
    return new Builder();
  }

  /** What can be chosen; everything has a default. */
  public static final class Builder extends ServerBuilder<Builder> {
    private Builder() {
      setting("loopback_users", "none");
      setting("log.console", "true");
      setting("log.console.level", "info");
      setting("log.file", "false");
    }

    @Override
    Builder self() {
      return this;
    }

    public RabbitMqServer start() {
      RabbitMqServer server = new RabbitMqServer(this);
      server.startFirst();
      return server;
    }
  }

  /** Returns the port of the stream protocol. */
  public int streamPort() {
    return streamPort;
  }

  /** Returns the port for AMQP over TLS, 0 without a certificate. */
  public int tlsPort() {
    return tlsPort;
  }

  /** Returns the port for the stream protocol over TLS, 0 without a certificate. */
  public int streamTlsPort() {
    return streamTlsPort;
  }

  /** Returns the user that may do everything. */
  public String user() {
    return ADMINISTRATOR;
  }

  /**
   * Opens a connection as {@link #user()} that does not recover by itself; the caller closes it.
   */
  public Connection connect() {
    try {
      return connectionFactory().newConnection("testbed");
    } catch (IOException | TimeoutException e) {
      throw new ServerException(
          "RabbitMQ at %s:%d takes no connection. %s"
              .formatted(HOST, port, ChildProcess.tail(log())),
          e);
    }
  }

  private ConnectionFactory connectionFactory() {
    ConnectionFactory factory = new ConnectionFactory();
    factory.setHost(HOST);
    factory.setPort(port);
    factory.setUsername(ADMINISTRATOR);
    factory.setPassword(password());
    factory.setConnectionTimeout(CONNECT_TIMEOUT_MS);
    factory.setAutomaticRecoveryEnabled(false);
    return factory;
  }

  /**
   * Lets a user, with the administrator's password, use what matches; makes it if there is none.
   *
   * @param configure regular expressions for names of queues, streams and exchanges
   */
  public void permit(String user, String configure, String write, String read) {
    if (!control("", "list_users", "--silent").lines().anyMatch(line -> line.startsWith(user))) {
      // From standard input: what stands in arguments is seen by every user of the machine.
      control(password() + "\n", "add_user", user);
    }
    control("", "set_permissions", user, configure, write, read);
  }

  /** Runs {@code rabbitmqctl} and returns what it says; it takes a second or two. */
  public String control(String input, String... arguments) {
    List<String> command = new ArrayList<>(List.of(RabbitMqBinaries.control().toString()));
    command.addAll(List.of(arguments));
    ProcessBuilder builder =
        new ProcessBuilder(home.account().command(command)).redirectErrorStream(true);
    builder.environment().keySet().removeIf(name -> name.startsWith("RABBITMQ"));
    builder.environment().putAll(environment());
    try {
      Process process = builder.start();
      try (OutputStream out = process.getOutputStream()) {
        out.write(input.getBytes(StandardCharsets.UTF_8));
      }
      String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      if (process.waitFor() != 0) {
        throw new ServerException("rabbitmqctl %s failed: %s".formatted(arguments[0], said));
      }
      return said;
    } catch (IOException e) {
      throw new ServerException("rabbitmqctl could not be run.", e);
    } catch (InterruptedException e) {
      throw ServerException.interrupted("rabbitmqctl", e);
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
        home.secret(CONFIG_FILE, configuration());
        home.secret(PLUGINS_FILE, "[rabbitmq_stream].\n");
      } catch (IOException e) {
        throw new ServerException("The configuration of RabbitMQ could not be written.", e);
      }
    }

    @Override
    public ChildProcess start() {
      List<String> command =
          List.of(
              "/bin/sh",
              "-c",
              LAUNCHER,
              "rabbitmq",
              Integer.toString(mapperPort),
              RabbitMqBinaries.server().toString());
      return ChildProcess.start(
          new ChildProcess.Spec(
              home.account().command(command),
              environment(),
              Set.of("RABBITMQ", "ERL"),
              home.log(),
              "KILL"));
    }

    @Override
    public void awaitReady(ChildProcess process) {
      awaitAnswer("RabbitMQ", port, process, RabbitMqServer.this::answers);
    }

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

  /** Every path and port is this server's own. */
  private Map<String, String> environment() {
    Map<String, String> environment = new LinkedHashMap<>();
    environment.put("HOME", home.data().toString());
    environment.put("LC_ALL", "C.UTF-8");
    environment.put("TZ", "UTC");
    environment.put("ERL_EPMD_PORT", Integer.toString(mapperPort));
    environment.put("ERL_EPMD_ADDRESS", HOST);
    // Without it a failed start writes a dump into the working directory.
    environment.put("ERL_CRASH_DUMP_SECONDS", "0");
    environment.put("RABBITMQ_NODENAME", NODE);
    environment.put("RABBITMQ_DIST_PORT", Integer.toString(distributionPort));
    environment.put("RABBITMQ_MNESIA_BASE", home.data().toString());
    environment.put("RABBITMQ_LOG_BASE", home.data().toString());
    environment.put("RABBITMQ_CONFIG_FILE", home.file(CONFIG_FILE).toString());
    environment.put("RABBITMQ_ENABLED_PLUGINS_FILE", home.file(PLUGINS_FILE).toString());
    environment.put(
        "RABBITMQ_PID_FILE", home.data().resolve(DisplacedData.RABBITMQ_PID_FILE).toString());
    environment.put(
        "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS", "-kernel inet_dist_use_interface {127,0,0,1}");
    return environment;
  }

  private String configuration() {
    StringBuilder lines = new StringBuilder();
    settings.forEach((name, value) -> lines.append("%s = %s%n".formatted(name, value)));
    if (certificate != null) {
      lines.append("listeners.ssl.1 = %s:%d%n".formatted(HOST, tlsPort));
      lines.append("stream.listeners.ssl.1 = %s:%d%n".formatted(HOST, streamTlsPort));
      lines.append("stream.advertised_tls_port = %d%n".formatted(streamTlsPort));
      lines.append("ssl_options.certfile = %s%n".formatted(home.file(CERTIFICATE_FILE)));
      lines.append("ssl_options.keyfile = %s%n".formatted(home.file(KEY_FILE)));
      lines.append("ssl_options.verify = verify_none%n".formatted());
    }
    return lines
        + """
        listeners.tcp.1 = %1$s:%2$d
        stream.listeners.tcp.1 = %1$s:%3$d
        stream.advertised_host = %1$s
        stream.advertised_port = %3$d
        default_user = %4$s
        default_pass = %5$s
        """
            .formatted(HOST, port, streamPort, ADMINISTRATOR, password());
  }

  /** The stream listener comes up by itself, before or after the other one. */
  private boolean answers() {
    try (Connection ready = connectionFactory().newConnection();
        Socket streams = new Socket()) {
      streams.connect(new InetSocketAddress(HOST, streamPort), CONNECT_TIMEOUT_MS);
      return ready.isOpen();
    } catch (IOException | TimeoutException notYet) {
      return false;
    }
  }
}
