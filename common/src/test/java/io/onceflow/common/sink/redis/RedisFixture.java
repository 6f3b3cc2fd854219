package io.onceflow.common.sink.redis;

import io.onceflow.common.commit.Store;
import io.onceflow.common.commit.conformance.ServerFixture;
import io.onceflow.common.commit.conformance.TestRow;
import io.onceflow.common.commit.conformance.TestTargets;
import io.onceflow.common.config.RedisConfig;
import io.onceflow.common.config.Secret;
import io.onceflow.common.config.TlsMode;
import io.onceflow.testbed.servers.RedisClient;
import io.onceflow.testbed.servers.RedisServer;
import io.onceflow.testbed.servers.TcpProxy;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;

/**
 * A Redis server of its own; the store connects as a user with the documented rights. Events go to
 * a stream, which would show a duplicate, balances to a hash.
 */
final class RedisFixture implements ServerFixture {

  private static final AtomicInteger SERIAL = new AtomicInteger();
  private static final int PAGE = 5_000;

  private final RedisServer server = RedisServer.start();
  private final TcpProxy proxy = TcpProxy.to(server.host(), server.port());

  /** Chunks that hold the suite's small epochs as a whole. */
  private final int chunkRows;

  RedisFixture(int chunkRows) {
    this.chunkRows = chunkRows;
  }

  @Override
  public TestTargets newTargets() {
    var prefix = "{conformance-" + SERIAL.incrementAndGet() + "}:";
    server.command("FLUSHALL");
    server.command("CONFIG", "SET", "appendfsync", "always");
    server.command("CONFIG", "SET", "maxmemory-policy", "noeviction");
    createJobUser(server, prefix);
    // Of another type than the commands that bad rows become.
    server.command("SET", prefix + "taken", "by a text");
    server.command("SADD", prefix + "counted", "a member");
    return new Targets(prefix);
  }

  /** The rights that docs/redis.md lists. Users are not in the append-only file. */
  static void createJobUser(RedisServer server, String prefix) {
    server.command("ACL", RedisGrants.ofJob("job", server.password(), prefix));
  }

  private final class Targets implements TestTargets {
    private final String prefix;

    Targets(String prefix) {
      this.prefix = prefix;
    }

    @Override
    public Store<TestRow> store() {
      var address =
          new RedisConfig.Server(
              proxy.host(),
              proxy.port(),
              "job",
              Secret.fromFile(server.passwordFile().toString()),
              TlsMode.DISABLE,
              null,
              Duration.ofSeconds(2),
              Duration.ofMinutes(1));
      var config = new RedisConfig(address, prefix, chunkRows, RedisConfig.DEFAULT_CHUNK_BYTES);
      return RedisStore.of(config, mapper(prefix));
    }

    @Override
    public void readRows(Consumer<TestRow> reader) {
      try (var client = server.connect()) {
        readEvents(client, reader);
        var balances = client.list("HGETALL", prefix + "balances");
        for (var i = 0; i < balances.size(); i += 2) {
          var value = balances.get(i + 1).split(" ", 2);
          reader.accept(
              new TestRow.Balance(
                  Long.parseLong(balances.get(i)), Long.parseLong(value[0]), value[1]));
        }
      }
    }

    private void readEvents(RedisClient client, Consumer<TestRow> reader) {
      var from = "-";
      while (true) {
        var page =
            (List<?>) client.command("XRANGE", prefix + "events", from, "+", "COUNT", "" + PAGE);
        for (var entry : page) {
          var fields = fields(entry);
          reader.accept(
              new TestRow.Event(
                  Long.parseLong(fields.get("id")),
                  Long.parseLong(fields.get("value")),
                  fields.get("memo")));
          from = "(" + ((List<?>) entry).get(0);
        }
        if (page.size() < PAGE) {
          return;
        }
      }
    }

    @Override
    public List<Marker> markers() {
      var markers = new ArrayList<Marker>();
      try (var client = server.connect()) {
        for (var key : client.list("KEYS", prefix.replace("{", "\\{") + "onceflow:sink:*")) {
          var sinkId = key.substring((prefix + "onceflow:sink:").length());
          var fields = client.list("HGETALL", key);
          for (var i = 0; i < fields.size(); i += 2) {
            if (fields.get(i).startsWith("marker.")) {
              var value = fields.get(i + 1).split(" ");
              markers.add(
                  new Marker(
                      sinkId,
                      fields.get(i).substring("marker.".length()),
                      Long.parseLong(value[0]),
                      Long.parseLong(value[1]),
                      Long.parseLong(value[2])));
            }
          }
        }
      }
      return markers;
    }

    @Override
    public List<DeadLetter> deadLetters() {
      var letters = new ArrayList<DeadLetter>();
      var entries = (List<?>) server.command("XRANGE", prefix + "onceflow:dead-letters", "-", "+");
      for (var entry : entries) {
        var fields = fields(entry);
        letters.add(
            new DeadLetter(
                fields.get("sink"),
                fields.get("target"),
                fields.get("code"),
                fields.get("reason"),
                fields.get("row")));
      }
      return letters;
    }

    private static Map<String, String> fields(Object entry) {
      var words = (List<?>) ((List<?>) entry).get(1);
      var fields = new HashMap<String, String>();
      for (var i = 0; i < words.size(); i += 2) {
        fields.put((String) words.get(i), (String) words.get(i + 1));
      }
      return fields;
    }
  }

  private static RedisMapper<TestRow> mapper(String prefix) {
    return row -> {
      if (row instanceof TestRow.Balance) {
        return RedisOperation.hset(
            prefix + "balances", Long.toString(row.id()), row.value() + " " + row.memo());
      }
      var fields =
          Map.of(
              "id", Long.toString(row.id()),
              "value", Long.toString(row.value()),
              "memo", row.memo());
      return RedisOperation.xadd(prefix + (row.value() < 0 ? "taken" : "events"), fields);
    };
  }

  @Override
  public boolean hasUpserts() {
    return true;
  }

  /** For a key that holds a text. */
  @Override
  public TestRow badRow(long id) {
    return new TestRow.Event(id, -1, "canary of " + id);
  }

  @Override
  public long markersKept() {
    return SinkRecord.MARKERS_KEPT;
  }

  @Override
  public List<Breakage> breakages(TestTargets targets) {
    var prefix = ((Targets) targets).prefix;
    return List.of(
        new Breakage(
            () -> server.command("CONFIG", "SET", "appendfsync", "everysec"),
            "has appendfsync everysec"),
        new Breakage(
            () -> server.command("CONFIG", "SET", "maxmemory-policy", "allkeys-lru"),
            "set maxmemory-policy noeviction"),
        new Breakage(
            () -> server.command("SET", prefix + "onceflow:dead-letters", "x"),
            "holds a string in place of a stream"),
        new Breakage(
            () -> server.command("ACL", "SETUSER", "job", "-hdel"), "may not do what the sink's"));
  }

  @Override
  public List<String> secrets() {
    return List.of(server.password());
  }

  @Override
  public TcpProxy proxy() {
    return proxy;
  }

  @Override
  public void killServer() {
    server.kill();
  }

  @Override
  public void restartServer() {
    server.restart();
    createJobUser(server, "{conformance-" + SERIAL.get() + "}:");
  }

  @Override
  public void close() {
    proxy.close();
    server.close();
  }
}
