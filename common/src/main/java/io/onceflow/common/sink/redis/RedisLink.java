package io.onceflow.common.sink.redis;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.onceflow.common.commit.ErrorClass;
import io.onceflow.common.commit.StoreException;
import io.onceflow.common.config.RedisConfig;
import java.util.List;
import redis.clients.jedis.CommandArguments;
import redis.clients.jedis.Connection;
import redis.clients.jedis.Protocol.Command;
import redis.clients.jedis.exceptions.JedisException;

/**
 * One connection to a server: made when first needed, left for good after any error. It repeats
 * nothing by itself. One thread, except for {@link #abort}.
 */
final class RedisLink implements AutoCloseable {

  private final RedisConfig.Server server;
  private final RedisSockets sockets;
  private Connection connection;
  private volatile boolean aborted;

  RedisLink(RedisConfig.Server server) {
    this.server = server;
    this.sockets = new RedisSockets(server);
  }

  /** Sends a command that changes nothing. */
  Object ask(String doing, Command command, List<byte[]> arguments) throws StoreException {
    return send(doing, command, arguments, false);
  }

  /** Runs a script that may change data. */
  Object run(String doing, List<byte[]> arguments) throws StoreException {
    return send(doing, Command.EVAL, arguments, true);
  }

  private Object send(String doing, Command name, List<byte[]> arguments, boolean changes)
      throws StoreException {
    var isSent = false;
    try {
      var current = connected();
      isSent = changes;
      var command = new CommandArguments(name);
      arguments.forEach(command::add);
      return current.executeCommand(command);
    } catch (JedisException e) {
      drop();
      throw RedisErrors.exception(doing, e, isSent);
    }
  }

  private Connection connected() throws StoreException {
    if (aborted) {
      throw new StoreException(ErrorClass.TRANSIENT, "The session was aborted.", null);
    }
    if (connection == null) {
      var fresh = new Connection(sockets);
      connection = fresh;
      fresh.connect();
      if (server.secret().isPresent()) {
        authenticate(fresh, server.secret().get().reveal());
      }
    }
    return connection;
  }

  private void authenticate(Connection fresh, String password) {
    fresh.executeCommand(
        new CommandArguments(Command.AUTH)
            .add(server.user().getBytes(UTF_8))
            .add(password.getBytes(UTF_8)));
  }

  /** Leaves the connection: an answer that comes late must meet nobody. */
  void drop() {
    connection = null;
    sockets.abandon();
  }

  /** Breaks what is under way, from any thread; nothing is sent afterwards. */
  void abort() {
    aborted = true;
    sockets.abort();
  }

  @Override
  public void close() {
    drop();
  }
}
