package io.onceflow.testbed.servers;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.common.protocol.ApiKeys;

/**
 * Reads the names of the requests out of what a client sends to Kafka: each begins with its length
 * and the number of its API. Unencrypted connections only.
 */
final class KafkaRequests implements ClientRequests {
  private static final int LENGTH_BYTES = Integer.BYTES;
  private static final int HEADER_BYTES = LENGTH_BYTES + Short.BYTES;

  private final ByteBuffer header = ByteBuffer.allocate(HEADER_BYTES);
  private long missing;

  @Override
  public List<String> executedIn(byte[] bytes, int length) {
    List<String> names = new ArrayList<>();
    int at = 0;
    while (at < length) {
      if (missing > 0) {
        long skipped = Math.min(missing, length - at);
        missing -= skipped;
        at += (int) skipped;
      } else {
        header.put(bytes[at++]);
        if (!header.hasRemaining()) {
          missing = Math.max(0, header.getInt(0) - Short.BYTES);
          names.add(nameOf(header.getShort(LENGTH_BYTES)));
          header.clear();
        }
      }
    }
    return names;
  }

  private static String nameOf(short api) {
    return ApiKeys.hasId(api) ? ApiKeys.forId(api).name : "api " + api;
  }
}
