package io.onceflow.common.sink.redis;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.onceflow.common.commit.StoreException;
import io.onceflow.common.config.RedisConfig;
import io.onceflow.common.lock.FencedException;
import io.onceflow.common.lock.Lease;
import java.util.ArrayList;
import java.util.List;
import redis.clients.jedis.exceptions.JedisDataException;

/**
 * Runs scripts that read and write under a lease: the check that makes a lease safe in Redis.
 * Before the script's own lines, in the same step, the lease's token is compared with the highest
 * one that the server has seen of the key; a lower one, or the same of another owner, is refused.
 *
 * <pre>{@code
 * scripts.run(lease, "return redis.call('INCRBY', KEYS[1], ARGV[1])", List.of("{shop}:stock:17"), List.of("-1"));
 * }</pre>
 *
 * <p>Guarantee: once a script of a lease has run, no script of an older one does, for as long as
 * the server keeps what it has acknowledged; one that is set back forgets its fences together with
 * what they protected. A fence is a key that stays, {@code PREFIXonceflow:fence:KEY}.
 *
 * <p>One connection, made when first needed, and anew after an error. One thread.
 */
public final class FencedScripts implements AutoCloseable {

  private static final String FENCED = "FENCED ";

  /** KEYS[1]: the fence. ARGV[1], ARGV[2]: token, owner. What follows sees the others only. */
  private static final String CHECK =
      """
      local seen = redis.call('GET', KEYS[1])
      if seen then
        local token, owner = string.match(seen, '^(%d+) (.*)$')
        local mine = tonumber(ARGV[1])
        if tonumber(token) > mine or tonumber(token) == mine and owner ~= ARGV[2] then
          return redis.error_reply('FENCED ' .. token)
        end
      end
      redis.call('SET', KEYS[1], ARGV[1] .. ' ' .. ARGV[2])
      local keys, arguments = KEYS, ARGV
      local KEYS, ARGV = {}, {}
      for i = 2, #keys do KEYS[i - 1] = keys[i] end
      for i = 3, #arguments do ARGV[i - 2] = arguments[i] end
      """;

  private final RedisLink link;
  private final String prefix;

  private FencedScripts(RedisConfig config) {
    this.link = new RedisLink(config.server());
    this.prefix = config.keyPrefix();
  }

  /** Scripts in a server; fences are under the configuration's prefix. */
  public static FencedScripts at(RedisConfig config) {
    return new FencedScripts(config);
  }

  /**
   * Compares and runs, as one step.
   *
   * @param script Lua; sees KEYS and ARGV as they are given here
   * @return what the script returns, as Jedis gives it: a Long, bytes, a list, or null
   * @throws FencedException when the token is too low; nothing was run
   * @throws StoreException AMBIGUOUS when the answer was lost: the script may have run
   */
  public Object run(Lease lease, String script, List<String> keys, List<String> arguments)
      throws FencedException, StoreException {
    var parts = new ArrayList<String>();
    parts.add(CHECK + script);
    parts.add(Integer.toString(1 + keys.size()));
    parts.add(Names.fence(prefix, lease.key()));
    parts.addAll(keys);
    parts.add(Long.toString(lease.token()));
    parts.add(lease.owner());
    parts.addAll(arguments);
    try {
      return link.run(
          "Writing under the lease of key '%s'".formatted(lease.key()),
          parts.stream().map(part -> part.getBytes(UTF_8)).toList());
    } catch (StoreException e) {
      var refusal = e.getCause() instanceof JedisDataException answer ? answer.getMessage() : null;
      if (refusal != null && refusal.startsWith(FENCED)) {
        throw new FencedException(lease, Long.parseLong(refusal.substring(FENCED.length())), e);
      }
      throw e;
    }
  }

  @Override
  public void close() {
    link.close();
  }
}
