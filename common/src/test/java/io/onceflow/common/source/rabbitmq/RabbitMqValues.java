package io.onceflow.common.source.rabbitmq;

import io.onceflow.common.formats.Format;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.flink.core.io.SimpleVersionedSerializer;
import org.apache.flink.core.memory.DataInputDeserializer;
import org.apache.flink.core.memory.DataOutputSerializer;

/** A value of each format of the sources, for the saved forms. */
public final class RabbitMqValues {

  private RabbitMqValues() {}

  /** The formats and what was written of them. */
  public static List<Format> saved() throws IOException {
    var ids = new SeenIds.Snapshot(new byte[16], new byte[32]);
    return List.of(
        message(message()),
        split("rabbitmq-queue", new QueueSplitSerializer(), new QueueSplit("q", ids, -1)),
        split("rabbitmq-stream", new StreamSplitSerializer(), new StreamSplit("s", 5, -2)),
        split(
            "rabbitmq-assigned",
            new AssignedSplitsSerializer(),
            new AssignedSplits(Set.of("q", "r"))));
  }

  static RabbitMqMessage message() {
    return new RabbitMqMessage(
        "queue",
        7,
        "id",
        "correlation",
        "app",
        "reply",
        "text/plain",
        255,
        1_790_000_000_123L,
        Map.of("b", "2", "a", "ä"),
        true,
        new byte[] {1, 2, 3});
  }

  private static Format message(RabbitMqMessage message) throws IOException {
    var serializer = new RabbitMqMessageSerializer();
    var out = new DataOutputSerializer(64);
    serializer.serialize(message, out);
    var written = out.getCopyOfBuffer();
    return new Format(
        "rabbitmq-message",
        written[0],
        written,
        (version, bytes) ->
            serializer.deserialize(new DataInputDeserializer(bytes)).equals(message));
  }

  /** Ids are arrays, so what was read is compared by what it is written as. */
  private static <T> Format split(String name, SimpleVersionedSerializer<T> serializer, T split)
      throws IOException {
    byte[] written = serializer.serialize(split);
    return new Format(
        name,
        serializer.getVersion(),
        written,
        (version, bytes) ->
            Arrays.equals(serializer.serialize(serializer.deserialize(version, bytes)), written));
  }
}
