package io.onceflow.common.sink.redis;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.onceflow.common.commit.StoreException;
import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import redis.clients.jedis.Protocol.Command;

/**
 * The sink's record in the server, and a copy of it: the script says when the copy is old, so a
 * commit reads nothing. One thread.
 */
final class RecordKeeper {

  private final RedisLink link;
  private final String key;
  private SinkRecord copy;

  RecordKeeper(RedisLink link, String key) {
    this.link = link;
    this.key = key;
  }

  String key() {
    return key;
  }

  /** The record as it is, or as it was when it was written here last. */
  SinkRecord current() throws StoreException, IOException {
    if (copy == null) {
      var reply =
          (List<?>)
              link.ask("Reading the sink's record", Command.HGETALL, List.of(key.getBytes(UTF_8)));
      var fields = new HashMap<String, String>();
      for (var i = 0; i < reply.size(); i += 2) {
        fields.put(text(reply.get(i)), text(reply.get(i + 1)));
      }
      copy = SinkRecord.of(fields);
    }
    return copy;
  }

  private static String text(Object bytes) {
    return new String((byte[]) bytes, UTF_8);
  }

  /** Reads again when next asked. */
  void forget() {
    copy = null;
  }

  /** Writes a step, and carries out the operations that go with it, in one script. */
  ApplyScript.Answer write(String doing, SinkRecord.Step step, List<RedisOperation> operations)
      throws StoreException {
    var arguments = ApplyScript.arguments(key, step.change(), operations);
    var answer = ApplyScript.answer(link.run(doing, arguments));
    if (answer instanceof ApplyScript.Done) {
      copy = step.after();
    }
    return answer;
  }
}
