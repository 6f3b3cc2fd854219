package io.onceflow.testbed.servers;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import redis.clients.jedis.CommandArguments;
import redis.clients.jedis.Connection;
import redis.clients.jedis.HostAndPort;
import redis.clients.jedis.exceptions.JedisException;

/**
 * One connection to a Redis server that speaks in texts. Not thread-safe. Refusals of the server
 * are {@link JedisException}s.
 */
public final class RedisClient implements AutoCloseable {
  private static final int TIMEOUT_MS = 60_000;

  private final Connection connection;

  private RedisClient(Connection connection) {
    this.connection = connection;
  }

  /** Connects as a user. */
  public static RedisClient connect(String host, int port, String user, String password) {
    RedisClient client = new RedisClient(new Connection(new HostAndPort(host, port)));
    try {
      client.connection.setSoTimeout(TIMEOUT_MS);
      client.command("AUTH", user, password);
      return client;
    } catch (JedisException e) {
      client.close();
      throw e;
    }
  }

  /** Sends a command and returns its answer: a text, a Long, a list of these, or null. */
  public Object command(String name, String... arguments) {
    byte[] raw = name.getBytes(StandardCharsets.UTF_8);
    CommandArguments command = new CommandArguments(() -> raw);
    for (String argument : arguments) {
      command.add(argument.getBytes(StandardCharsets.UTF_8));
    }
    return text(connection.executeCommand(command));
  }

  /** Sends a command whose answer is a list of texts. */
  public List<String> list(String name, String... arguments) {
    List<String> texts = new ArrayList<>();
    for (Object element : (List<?>) command(name, arguments)) {
      texts.add((String) element);
    }
    return texts;
  }

  private static Object text(Object answer) {
    if (answer instanceof byte[] bytes) {
      return new String(bytes, StandardCharsets.UTF_8);
    }
    if (answer instanceof List<?> list) {
      return list.stream().map(RedisClient::text).toList();
    }
    return answer;
  }

  @Override
  public void close() {
    try {
      connection.close();
    } catch (JedisException alreadyBroken) {
      // Whoever used it has seen that; nobody waits for what could not be sent.
      return;
    }
  }
}
