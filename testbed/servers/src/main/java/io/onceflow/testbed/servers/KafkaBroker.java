package io.onceflow.testbed.servers;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.ScramCredentialInfo;
import org.apache.kafka.clients.admin.ScramMechanism;
import org.apache.kafka.clients.admin.UserScramCredentialUpsertion;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.config.ConfigResource;

/**
 * A real Kafka 4 broker with its controller (KRaft) on loopback ports, as a child JVM that ends
 * with this one.
 *
 * <p>One node, so every replication factor is 1. Topics are not made by being named, records never
 * expire, transactions may last 15 minutes. A broker started over a directory that holds data
 * continues with it; without a directory it keeps its data under {@code target/servers} and deletes
 * them on {@link #close()}.
 *
 * <p>Clients use one listener, the broker itself another: with {@link Builder#advertisedPort} the
 * clients, and only they, can be led through a {@link TcpProxy}. {@link Builder#tls} lets clients
 * in over TLS alone, and by a password of {@link #addUser} (SCRAM-SHA-512).
 *
 * <p>Not thread-safe. Failures are {@link ServerException}s that end with the last lines of the
 * log.
 */
public final class KafkaBroker extends ServerProcess {
  private static final Duration POLL = Duration.ofMillis(50);
  private static final String CERTIFICATE_FILE = "server.pem";

  private final Path directory;
  private final String heap;
  private final KafkaProperties properties;
  private final ServerCertificate certificate;

  private KafkaBroker(Builder builder) {
    super(builder.keepsData());
    this.directory = builder.directoryOr("kafka");
    this.heap = builder.heap;
    int port = builder.portOrFree();
    int advertised = builder.advertisedPort == 0 ? port : builder.advertisedPort;
    this.properties =
        new KafkaProperties(
            new KafkaProperties.Ports(port, advertised, FreePort.next(), FreePort.next()),
            directory.resolve("data"),
            builder.properties(directory));
    this.certificate = builder.certificate();
  }

  /** Starts a broker with the defaults, its data gone when it is closed. */
  public static KafkaBroker start() {
    return builder().start();
  }

  public static Builder builder() {
    return new Builder();
  }

  /** What can be chosen; everything has a default. */
  public static final class Builder extends ServerBuilder<Builder> {
    private int advertisedPort;
    private String heap = "512m";

    private Builder() {}

    @Override
    Builder self() {
      return this;
    }

    /** The loopback port clients are told to use, that of a proxy; without it the real one. */
    public Builder advertisedPort(int port) {
      this.advertisedPort = port;
      return this;
    }

    /** The broker's -Xmx; 512m unless said otherwise. */
    public Builder heap(String heap) {
      this.heap = heap;
      return this;
    }

    private Map<String, String> properties(Path home) {
      Map<String, String> all = new HashMap<>();
      if (certificate() != null) {
        all.putAll(KafkaProperties.secureClients(home.resolve(CERTIFICATE_FILE)));
      }
      all.putAll(settings());
      return Map.copyOf(all);
    }

    public KafkaBroker start() {
      KafkaBroker broker = new KafkaBroker(this);
      broker.startFirst();
      return broker;
    }
  }

  public String host() {
    return KafkaProperties.HOST;
  }

  /** Returns the port the broker listens on for clients. */
  public int port() {
    return properties.ports().client();
  }

  /** Returns what clients take as bootstrap.servers: the advertised address. */
  public String bootstrapServers() {
    return host() + ":" + properties.ports().advertised();
  }

  /**
   * Returns the broker's own way in, in plaintext, without a password and past every proxy: for
   * administration, and for who looks on.
   */
  public String internalServers() {
    return host() + ":" + properties.ports().internal();
  }

  /** Lets a user in by SCRAM-SHA-512; a user that is there gets the new password. */
  public void addUser(String name, String password) {
    var change =
        new UserScramCredentialUpsertion(
            name, new ScramCredentialInfo(ScramMechanism.SCRAM_SHA_512, 4096), password);
    administer(admin -> admin.alterUserScramCredentials(List.of(change)).all());
  }

  /** Proves its name with another certificate from the next connection on; only with TLS. */
  public void useCertificate(ServerCertificate other) {
    writeCertificate(other);
    // Naming the file once more makes the broker read it.
    var entry =
        new ConfigEntry(
            "listener.name.client.ssl.keystore.location",
            directory.resolve(CERTIFICATE_FILE).toString());
    var node = new ConfigResource(ConfigResource.Type.BROKER, "1");
    var set = new AlterConfigOp(entry, AlterConfigOp.OpType.SET);
    administer(admin -> admin.incrementalAlterConfigs(Map.of(node, List.of(set))).all());
  }

  private void writeCertificate(ServerCertificate current) {
    Path file = directory.resolve(CERTIFICATE_FILE);
    try {
      Files.deleteIfExists(file);
      Files.createFile(
          file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
      Files.writeString(file, current.key() + current.certificate());
    } catch (IOException e) {
      throw new ServerException("The certificate of Kafka could not be written.", e);
    }
  }

  private void administer(Function<Admin, KafkaFuture<Void>> change) {
    try (Admin admin = Admin.create(Map.of("bootstrap.servers", internalServers()))) {
      change.apply(admin).get(START_TIMEOUT.toMillis(), TimeUnit.MILLISECONDS);
    } catch (ExecutionException | TimeoutException e) {
      throw new ServerException("Kafka refused: " + e.getMessage(), e);
    } catch (InterruptedException e) {
      throw ServerException.interrupted("Kafka", e);
    }
  }

  public Path log() {
    return directory.resolve("broker.log");
  }

  /** Returns the pid of the broker's JVM. */
  public long pid() {
    return pids().get(0);
  }

  @Override
  Program program() {
    return new Broker();
  }

  private final class Broker implements Program {
    @Override
    public void prepare() {
      KafkaBroker.this.prepare();
    }

    @Override
    public ChildProcess start() {
      return run("kafka.Kafka", List.of("-Xmx" + heap), List.of(serverProperties().toString()));
    }

    @Override
    public void awaitReady(ChildProcess process) {
      KafkaBroker.this.awaitReady(process);
    }

    /** A controlled shutdown. */
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
      Directories.delete(properties.data());
    }
  }

  private Path serverProperties() {
    return directory.resolve("server.properties");
  }

  private Path log4j() {
    return directory.resolve("log4j2.properties");
  }

  private void prepare() {
    try {
      Directories.open(directory);
      if (certificate != null) {
        writeCertificate(certificate);
      }
      properties.write(serverProperties());
      KafkaProperties.writeLog4j(log4j());
      if (Files.notExists(properties.data().resolve("meta.properties"))) {
        format();
      }
    } catch (IOException e) {
      throw new ServerException(
          "%s could not be made ready for Kafka; can it be written?".formatted(directory), e);
    }
  }

  private void format() {
    List<String> arguments =
        List.of("format", "-t", Uuid.randomUuid().toString(), "-c", serverProperties().toString());
    ChildProcess format =
        run("kafka.tools.StorageTool", List.of("-XX:TieredStopAtLevel=1"), arguments);
    if (!format.awaitExit(START_TIMEOUT)
        || Files.notExists(properties.data().resolve("meta.properties"))) {
      format.kill();
      throw new ServerException("Kafka's storage was not formatted. " + format.logTail());
    }
  }

  private ChildProcess run(String mainClass, List<String> options, List<String> arguments) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(options);
    command.add("-Djava.awt.headless=true");
    // Beats every log4j2(-test).properties on the class path, Flink's test jars carry one.
    command.add("-Dlog4j2.configurationFile=" + log4j().toUri());
    command.add(mainClass);
    command.addAll(arguments);
    // As a variable, not -cp: `ps` stays readable.
    return ChildProcess.start(
        new ChildProcess.Spec(
            command,
            Map.of("CLASSPATH", KafkaClassPath.find()),
            Set.of("JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS", "_JAVA_OPTIONS"),
            log(),
            "KILL"));
  }

  private void awaitReady(ChildProcess process) {
    long deadline = System.nanoTime() + START_TIMEOUT.toNanos();
    while (!accepts(properties.ports().internal())) {
      if (process.awaitExit(POLL)) {
        throw new ServerException(
            "Kafka ended while it was starting on port %d. %s"
                .formatted(port(), process.logTail()));
      }
      if (System.nanoTime() > deadline) {
        throw notReady(process, null);
      }
    }
    awaitUnfenced(process, Duration.ofNanos(deadline - System.nanoTime()));
  }

  private void awaitUnfenced(ChildProcess process, Duration timeout) {
    Map<String, Object> config =
        Map.of(AdminClientConfig.BOOTSTRAP_SERVERS_CONFIG, internalServers());
    try (Admin admin = Admin.create(config)) {
      admin.describeCluster().nodes().get(timeout.toMillis(), TimeUnit.MILLISECONDS);
    } catch (ExecutionException | TimeoutException e) {
      throw notReady(process, e);
    } catch (InterruptedException e) {
      throw ServerException.interrupted("Kafka to start", e);
    }
  }

  private ServerException notReady(ChildProcess process, Exception cause) {
    return new ServerException(
        "Kafka did not answer on port %d within %d s. %s"
            .formatted(port(), START_TIMEOUT.toSeconds(), process.logTail()),
        cause);
  }

  private static boolean accepts(int port) {
    try (Socket socket = new Socket()) {
      socket.connect(new InetSocketAddress(KafkaProperties.HOST, port), (int) POLL.toMillis());
      return socket.isConnected();
    } catch (IOException notYet) {
      return false;
    }
  }
}
