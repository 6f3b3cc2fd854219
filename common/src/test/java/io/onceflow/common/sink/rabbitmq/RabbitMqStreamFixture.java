package io.onceflow.common.sink.rabbitmq;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.rabbitmq.stream.Environment;
import io.onceflow.common.commit.Store;
import io.onceflow.common.commit.conformance.ServerFixture;
import io.onceflow.common.commit.conformance.TestRow;
import io.onceflow.common.commit.conformance.TestTargets;
import io.onceflow.common.config.RabbitMqConfig;
import io.onceflow.common.config.Secret;
import io.onceflow.common.config.TlsMode;
import io.onceflow.testbed.servers.RabbitMqServer;
import io.onceflow.testbed.servers.TcpProxy;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.awaitility.Awaitility;

/**
 * A RabbitMQ server of its own; the store connects as a user with the documented rights. What is
 * read are whole epochs, as a reader takes them that wants all or nothing.
 */
final class RabbitMqStreamFixture implements ServerFixture {

  private static final AtomicInteger SERIAL = new AtomicInteger();

  private static final Duration SETTLING = Duration.ofSeconds(4);
  private static final String LOGS = "onceflow\\.sink\\..*";
  private static final String ALL = "(onceflow\\.sink\\.|events-|dead-).*";

  private final RabbitMqServer server = RabbitMqServer.start();
  private final TcpProxy proxy = TcpProxy.to(server.host(), server.streamPort());
  private boolean isSpoilt;

  /**
   * The server writes down a few seconds after its very first stream that it has streams at all.
   * Who kills it before that has none afterwards, so it ends once in order.
   */
  RabbitMqStreamFixture() {
    permit();
    makeTargets();
    server.restart();
  }

  /** The rights that docs/rabbitmq.md lists. */
  private void permit() {
    server.permit("job", LOGS, ALL, ALL);
    isSpoilt = false;
  }

  @Override
  public TestTargets newTargets() {
    if (isSpoilt) {
      permit();
    }
    // A server that has just been started again answers before its streams do.
    return Awaitility.await()
        .atMost(Duration.ofSeconds(30))
        .ignoreExceptionsMatching(StreamReader::isNotYet)
        .until(this::makeTargets, Objects::nonNull);
  }

  private Targets makeTargets() {
    var serial = SERIAL.incrementAndGet();
    try (var reader = new StreamReader(server)) {
      var streams = reader.environment();
      for (var log : logs(streams)) {
        streams.deleteStream(log);
      }
      streams.streamCreator().stream("events-" + serial).create();
      streams.streamCreator().stream("dead-" + serial).create();
    }
    return new Targets("events-" + serial, "dead-" + serial);
  }

  /** Of the sinks that the suite has. */
  private static List<String> logs(Environment streams) {
    return Stream.of("suite", "a", "a-b", "other-client")
        .map(Names.PREFIX::concat)
        .filter(streams::streamExists)
        .toList();
  }

  private final class Targets implements TestTargets {
    private final String events;
    private final String dead;

    Targets(String events, String dead) {
      this.events = events;
      this.dead = dead;
    }

    @Override
    public Store<TestRow> store() {
      return RabbitMqStreamStore.of(
          config(server.port(), proxy.port(), "job"), List.of(events), dead, mapper(events));
    }

    @Override
    public void readRows(Consumer<TestRow> rows) throws Exception {
      try (var reader = new StreamReader(server)) {
        for (var message : reader.readWhole(events)) {
          var words = new String(message.getBodyAsBinary(), UTF_8).split(" ", 3);
          rows.accept(
              new TestRow.Event(Long.parseLong(words[0]), Long.parseLong(words[1]), words[2]));
        }
      }
    }

    @Override
    public List<Marker> markers() {
      return Awaitility.await()
          .atMost(Duration.ofSeconds(30))
          .ignoreExceptionsMatching(StreamReader::isNotYet)
          .until(this::readMarkers, Objects::nonNull);
    }

    private List<Marker> readMarkers() throws Exception {
      var markers = new ArrayList<Marker>();
      try (var reader = new StreamReader(server)) {
        for (var log : logs(reader.environment())) {
          markersOf(log, markers);
        }
      }
      return markers;
    }

    private void markersOf(String log, List<Marker> markers) throws Exception {
      try (var link =
          new StreamLink(config(server.port(), server.streamPort(), server.user()), "test")) {
        var last = new SinkLog(link, log).last();
        last.values()
            .forEach(
                (name, value) -> {
                  if (name.startsWith("marker.")) {
                    var words = value.split(" ");
                    markers.add(
                        new Marker(
                            log.substring(Names.PREFIX.length()),
                            name.substring("marker.".length()),
                            Long.parseLong(words[0]),
                            Long.parseLong(words[1]),
                            Long.parseLong(words[2])));
                  }
                });
      }
    }

    @Override
    public List<DeadLetter> deadLetters() throws Exception {
      try (var reader = new StreamReader(server)) {
        return reader.readWhole(dead).stream()
            .map(
                letter ->
                    new DeadLetter(
                        StreamReader.header(letter, DeadLetters.SINK),
                        StreamReader.header(letter, DeadLetters.TARGET),
                        StreamReader.header(letter, DeadLetters.CODE),
                        StreamReader.header(letter, DeadLetters.REASON),
                        new String(letter.getBodyAsBinary(), UTF_8)))
            .toList();
      }
    }
  }

  private RabbitMqConfig config(int port, int streamPort, String user) {
    return new RabbitMqConfig(
        server.host(),
        port,
        streamPort,
        "/",
        user,
        Secret.fromFile(server.passwordFile().toString()),
        TlsMode.DISABLE,
        null,
        false,
        Duration.ofSeconds(3));
  }

  private static RabbitMqMapper<TestRow> mapper(String events) {
    return row -> {
      var output =
          RabbitMqOutput.text(events, "%d %d %s".formatted(row.id(), row.value(), row.memo()));
      return row.value() < 0 ? output.withPriority(1_000) : output;
    };
  }

  @Override
  public boolean hasUpserts() {
    return false;
  }

  /** Of a priority that no protocol has. */
  @Override
  public TestRow badRow(long id) {
    return new TestRow.Event(id, -1, "canary of " + id);
  }

  @Override
  public long markersKept() {
    return RabbitMqSession.MARKERS_KEPT;
  }

  @Override
  public List<Breakage> breakages(TestTargets targets) {
    var streams = (Targets) targets;
    return List.of(
        new Breakage(
            () -> {
              try (var reader = new StreamReader(server)) {
                reader.environment().deleteStream(streams.events);
              }
            },
            "The stream %s does not exist".formatted(streams.events)),
        new Breakage(
            () -> {
              isSpoilt = true;
              server.permit("job", LOGS, LOGS, LOGS);
            },
            "may not write to the stream " + streams.dead),
        new Breakage(() -> {}, "may not read from the stream " + streams.dead));
  }

  @Override
  public List<String> secrets() {
    return List.of(server.password());
  }

  @Override
  public TcpProxy proxy() {
    return proxy;
  }

  /** What was declared a moment before would be gone, or never available again. */
  @Override
  public void killServer() {
    var settled = System.nanoTime() + SETTLING.toNanos();
    while (System.nanoTime() < settled) {
      LockSupport.parkNanos(settled - System.nanoTime());
    }
    server.kill();
  }

  @Override
  public void restartServer() {
    server.restart();
  }

  @Override
  public void close() {
    proxy.close();
    server.close();
  }
}
