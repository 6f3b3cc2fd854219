package io.onceflow.common.sink.redis;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.onceflow.common.commit.StoreException;
import io.onceflow.common.config.RedisConfig;
import io.onceflow.common.lock.Lease;
import io.onceflow.common.lock.LeaseAnswer;
import io.onceflow.common.lock.LeaseHolder;
import io.onceflow.common.lock.LeaseRequest;
import io.onceflow.common.lock.Leases;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Leases as keys that expire, each with the text {@code token owner}. Every step is one script, so
 * it is compared and changed at once.
 */
final class RedisLeases implements Leases {

  /** KEYS: lease, counter. ARGV: owner, time to live in ms, floor, 1 to take it over. */
  private static final String ACQUIRE =
      """
      local floor = tonumber(ARGV[3])
      local held = redis.call('GET', KEYS[1])
      if held then
        local token, owner = string.match(held, '^(%d+) (.*)$')
        if owner == ARGV[1] and tonumber(token) > floor then
          redis.call('PEXPIRE', KEYS[1], ARGV[2])
          return {'ACQUIRED', token}
        end
        if owner ~= ARGV[1] and ARGV[4] ~= '1' then
          return {'HELD', token, owner, redis.call('PTTL', KEYS[1])}
        end
        floor = math.max(floor, tonumber(token))
      end
      local token = redis.call('INCR', KEYS[2])
      if token <= floor then
        token = floor + 1
        redis.call('SET', KEYS[2], string.format('%.0f', token))
      end
      local text = string.format('%.0f', token)
      redis.call('SET', KEYS[1], text .. ' ' .. ARGV[1], 'PX', ARGV[2])
      return {'ACQUIRED', text}
      """;

  /** KEYS: lease. ARGV: its text, time to live in ms. */
  private static final String RENEW =
      """
      if redis.call('GET', KEYS[1]) ~= ARGV[1] then return {'LOST'} end
      redis.call('PEXPIRE', KEYS[1], ARGV[2])
      return {'DONE'}
      """;

  private static final String RELEASE =
      """
      if redis.call('GET', KEYS[1]) ~= ARGV[1] then return {'LOST'} end
      redis.call('DEL', KEYS[1])
      return {'DONE'}
      """;

  private static final String HOLDER =
      """
      local held = redis.call('GET', KEYS[1])
      if not held then return {'FREE'} end
      local token, owner = string.match(held, '^(%d+) (.*)$')
      return {'HELD', token, owner, redis.call('PTTL', KEYS[1])}
      """;

  private final RedisLink link;
  private final String prefix;

  RedisLeases(RedisConfig config) {
    this.link = new RedisLink(config.server());
    this.prefix = config.keyPrefix();
  }

  @Override
  public LeaseAnswer tryAcquire(LeaseRequest request) throws StoreException {
    var askedAtNanos = System.nanoTime();
    var answer = take(request, false);
    return text(answer.get(0)).equals("HELD")
        ? new LeaseAnswer.Held(holder(request.key(), answer))
        : new LeaseAnswer.Acquired(lease(request, answer, askedAtNanos));
  }

  @Override
  public Lease takeOver(LeaseRequest request) throws StoreException {
    var askedAtNanos = System.nanoTime();
    return lease(request, take(request, true), askedAtNanos);
  }

  private List<?> take(LeaseRequest request, boolean whoeverHoldsIt) throws StoreException {
    return script(
        "Asking for the lease of key '%s'".formatted(request.key()),
        ACQUIRE,
        List.of(Names.lease(prefix, request.key()), Names.leaseTokens(prefix)),
        request.owner(),
        request.ttl().toMillis(),
        request.floor(),
        whoeverHoldsIt ? 1 : 0);
  }

  private static Lease lease(LeaseRequest request, List<?> answer, long askedAtNanos) {
    return Lease.of(request, Long.parseLong(text(answer.get(1))), askedAtNanos);
  }

  @Override
  public Optional<Lease> renew(Lease lease) throws StoreException {
    var askedAtNanos = System.nanoTime();
    var answer =
        script(
            "Renewing the lease of key '%s'".formatted(lease.key()),
            RENEW,
            List.of(Names.lease(prefix, lease.key())),
            Names.leaseText(lease),
            lease.ttl().toMillis());
    return isDone(answer) ? Optional.of(lease.renewed(askedAtNanos)) : Optional.empty();
  }

  @Override
  public boolean release(Lease lease) throws StoreException {
    return isDone(
        script(
            "Giving back the lease of key '%s'".formatted(lease.key()),
            RELEASE,
            List.of(Names.lease(prefix, lease.key())),
            Names.leaseText(lease)));
  }

  @Override
  public Optional<LeaseHolder> holder(String key) throws StoreException {
    var answer =
        script(
            "Reading the lease of key '%s'".formatted(key),
            HOLDER,
            List.of(Names.lease(prefix, key)));
    return answer.size() == 1 ? Optional.empty() : Optional.of(holder(key, answer));
  }

  private static LeaseHolder holder(String key, List<?> answer) {
    return new LeaseHolder(
        key,
        text(answer.get(2)),
        Long.parseLong(text(answer.get(1))),
        Duration.ofMillis(Math.max(0, (Long) answer.get(3))));
  }

  private static boolean isDone(List<?> answer) {
    return text(answer.get(0)).equals("DONE");
  }

  private List<?> script(String doing, String script, List<String> keys, Object... arguments)
      throws StoreException {
    var parts = new ArrayList<Object>();
    parts.add(script);
    parts.add(keys.size());
    parts.addAll(keys);
    parts.addAll(List.of(arguments));
    return (List<?>)
        link.run(doing, parts.stream().map(part -> part.toString().getBytes(UTF_8)).toList());
  }

  private static String text(Object bytes) {
    return new String((byte[]) bytes, UTF_8);
  }

  @Override
  public void abort() {
    link.abort();
  }

  @Override
  public void close() {
    link.close();
  }
}
