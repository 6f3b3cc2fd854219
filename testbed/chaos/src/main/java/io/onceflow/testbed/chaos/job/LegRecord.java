package io.onceflow.testbed.chaos.job;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.apache.kafka.clients.producer.ProducerRecord;

/** A leg as a record of Kafka: keyed by its account, the numbers as text. */
public final class LegRecord {

  private LegRecord() {}

  static ProducerRecord<byte[], byte[]> of(String topic, ChaosRow.Leg leg) {
    var value =
        "%d,%d,%d,%d,%d,%d"
            .formatted(leg.key(), leg.seq(), leg.leg(), leg.account(), leg.amount(), leg.crc());
    return new ProducerRecord<>(
        topic,
        ByteBuffer.allocate(Integer.BYTES).putInt(leg.account()).array(),
        value.getBytes(StandardCharsets.US_ASCII));
  }

  /**
   * Reads a record's value.
   *
   * @throws IllegalArgumentException when it is no leg
   */
  public static ChaosRow.Leg parse(byte[] value) {
    var text = new String(value, StandardCharsets.US_ASCII);
    var fields = text.split(",", -1);
    if (fields.length != 6) {
      throw new IllegalArgumentException("A record of the legs is none: " + text);
    }
    return new ChaosRow.Leg(
        Integer.parseInt(fields[0]),
        Long.parseLong(fields[1]),
        Integer.parseInt(fields[2]),
        Integer.parseInt(fields[3]),
        Long.parseLong(fields[4]),
        Long.parseLong(fields[5]));
  }
}
