package io.onceflow.common.sink.redis;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.onceflow.common.commit.OnReject;
import io.onceflow.common.commit.StoreException;
import io.onceflow.common.config.RedisConfig;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import redis.clients.jedis.Protocol.Command;
import redis.clients.jedis.exceptions.JedisDataException;

/**
 * Looks at the server before the first row, changing nothing: its role, the settings that decide
 * whether it keeps what it acknowledges, the user's rights, the sink's own keys. Everything that is
 * wrong is told in one message.
 */
final class RedisPreflight {

  private static final Logger LOG = LoggerFactory.getLogger(RedisPreflight.class);

  private static final List<Integer> OLDEST = List.of(6, 2);

  private static final Map<String, String> SETTINGS = settings();

  /** Commands that do nothing to a key that does not exist, or are refused for their arguments. */
  private static final String PROBE =
      """
      local wrong = {}
      local function try(...)
        local answer = redis.pcall(...)
        if type(answer) == 'table' and answer.err and not string.find(answer.err, 'wrong number') then
          wrong[#wrong + 1] = string.lower((...))
        end
      end
      try('HGET', KEYS[1], 'a')
      try('HSET', KEYS[1], 'a', 'b', 'c')
      try('HDEL', KEYS[1], 'a')
      try('TYPE', KEYS[1])
      try('GETRANGE', KEYS[1], '0', '20')
      try('XADD', KEYS[1], 'NOMKSTREAM', '*', 'a', 'b')
      return wrong
      """;

  private final RedisLink link;
  private final RedisConfig config;
  private final String recordKey;
  private final OnReject onReject;
  private final List<String> wrong = new ArrayList<>();
  private boolean isAlone = true;

  RedisPreflight(RedisLink link, RedisConfig config, String recordKey, OnReject onReject) {
    this.link = link;
    this.config = config;
    this.recordKey = recordKey;
    this.onReject = onReject;
  }

  private static Map<String, String> settings() {
    var settings = new LinkedHashMap<String, String>();
    settings.put("appendonly", "yes");
    settings.put("appendfsync", "always");
    settings.put("no-appendfsync-on-rewrite", "no");
    settings.put("maxmemory-policy", "noeviction");
    return settings;
  }

  /**
   * @throws StoreException SYSTEM with everything that is wrong
   */
  void check() throws StoreException {
    server();
    durability();
    if (isAlone) {
      // In cluster mode the first key may be another server's.
      rights();
      keys();
    }
    if (!wrong.isEmpty()) {
      throw RedisErrors.system(
          "The server is not ready for this sink, %d problem%s:\n  - %s"
              .formatted(wrong.size(), wrong.size() == 1 ? "" : "s", String.join("\n  - ", wrong)));
    }
  }

  private void server() throws StoreException {
    var info = allowed("+info", Command.INFO);
    if (info == null) {
      return;
    }
    var facts = facts(info);
    var version = facts.getOrDefault("redis_version", "0");
    if (isOlder(version)) {
      wrong.add("The server is Redis %s; the sink needs 6.2 or later.".formatted(version));
    }
    var mode = facts.getOrDefault("redis_mode", "standalone");
    if (!mode.equals("standalone")) {
      isAlone = false;
      wrong.add(
          "The server runs in mode %s; the sink needs one primary on its own (cluster-enabled no)."
              .formatted(mode));
    }
    if (!facts.getOrDefault("role", "master").equals("master")) {
      wrong.add("The server is a replica of another one: set host and port of the primary.");
    }
    var replicas = facts.getOrDefault("connected_slaves", "0");
    if (!replicas.equals("0")) {
      LOG.warn(
          "The server has {} replicas: one that takes its place may lack epochs that were committed.",
          replicas);
    }
  }

  private static Map<String, String> facts(Object info) {
    return new String((byte[]) info, UTF_8)
        .lines()
        .filter(line -> line.indexOf(':') > 0)
        .collect(
            Collectors.toMap(
                line -> line.substring(0, line.indexOf(':')),
                line -> line.substring(line.indexOf(':') + 1).strip(),
                (first, second) -> first));
  }

  private static boolean isOlder(String version) {
    var numbers =
        Stream.of((version + ".0").split("\\."))
            .limit(2)
            .map(number -> number.matches("[0-9]{1,6}") ? Integer.parseInt(number) : 0)
            .toList();
    return Arrays.compare(numbers.toArray(Integer[]::new), OLDEST.toArray(Integer[]::new)) < 0;
  }

  private void durability() throws StoreException {
    for (var setting : SETTINGS.entrySet()) {
      var name = setting.getKey();
      var reply = (List<?>) allowed("+config|get", Command.CONFIG, "GET", name);
      if (reply == null) {
        return;
      }
      var value = reply.size() < 2 ? "unknown" : new String((byte[]) reply.get(1), UTF_8);
      if (!value.equals(setting.getValue())) {
        wrong.add(
            "The server has %s %s, so it can lose what it has acknowledged: set %s %s in redis.conf, and at once by CONFIG SET."
                .formatted(name, value, name, setting.getValue()));
      }
    }
  }

  private void rights() throws StoreException {
    var probe = Names.probe(config.keyPrefix());
    var reply =
        (List<?>) allowed("+eval ~" + config.keyPrefix() + "*", Command.EVAL, PROBE, "1", probe);
    if (reply == null || reply.isEmpty()) {
      return;
    }
    var missing =
        reply.stream()
            .map(name -> "+" + new String((byte[]) name, UTF_8))
            .collect(Collectors.joining(" "));
    wrong.add(
        "The user %s may not do what the sink's script does: ACL SETUSER %s %s ~%s*."
            .formatted(
                config.server().user(), config.server().user(), missing, config.keyPrefix()));
  }

  private void keys() throws StoreException {
    requireType(recordKey, "hash");
    if (onReject == OnReject.DEAD_LETTER) {
      requireType(Names.deadLetters(config.keyPrefix()), "stream");
    }
    allowed("+hgetall", Command.HGETALL, Names.probe(config.keyPrefix()));
  }

  private void requireType(String key, String wanted) throws StoreException {
    var reply = allowed("+type", Command.TYPE, key);
    if (reply == null) {
      return;
    }
    var type = new String((byte[]) reply, UTF_8);
    if (!type.equals("none") && !type.equals(wanted)) {
      wrong.add(
          "The key %s is the sink's own and holds a %s in place of a %s: move it away."
              .formatted(key, type, wanted));
    }
  }

  /** The answer, or null when the user may not ask; then that is one of the problems. */
  private Object allowed(String right, Command command, String... arguments) throws StoreException {
    try {
      return link.ask(
          "Checking the server",
          command,
          Stream.of(arguments).map(text -> text.getBytes(UTF_8)).toList());
    } catch (StoreException e) {
      if (!(e.getCause() instanceof JedisDataException refusal)
          || !String.valueOf(refusal.getMessage()).startsWith("NOPERM")) {
        throw e;
      }
      var user = config.server().user();
      wrong.add(
          "The user %s may not do what the sink needs: ACL SETUSER %s %s."
              .formatted(user, user, right));
      return null;
    }
  }
}
