package io.onceflow.common.sink.redis;

import java.util.ArrayList;
import java.util.List;

/** The rights of a job's user, as docs/redis.md has them. */
final class RedisGrants {

  /** What the sink itself needs. */
  static final String SINK =
      "+info +config|get +eval +hget +hgetall +hset +hdel +type +getrange +xadd";

  /** What rows may need besides. */
  static final String ROWS = "+set +del +incrby +sadd +srem +zadd +zrem";

  private RedisGrants() {}

  /** Arguments of ACL. */
  static String[] ofJob(String user, String password, String prefix) {
    var words = new ArrayList<>(List.of("SETUSER", user, "reset", "on", ">" + password));
    words.add("~" + prefix + "*");
    words.addAll(List.of(SINK.split(" ")));
    words.addAll(List.of(ROWS.split(" ")));
    return words.toArray(String[]::new);
  }
}
