package io.onceflow.tool;

import static org.assertj.core.api.Assertions.assertThat;

import io.onceflow.common.commit.CommitScope;
import io.onceflow.common.commit.Epoch;
import io.onceflow.common.commit.OnReject;
import io.onceflow.common.commit.OnRewind;
import io.onceflow.common.commit.OpenRequest;
import io.onceflow.common.commit.RowBuffer;
import io.onceflow.common.commit.SegmentPart;
import io.onceflow.common.commit.SegmentReader;
import io.onceflow.common.commit.SinkId;
import io.onceflow.common.config.KafkaConfig;
import io.onceflow.common.sink.kafka.KafkaSinkConfig;
import io.onceflow.common.sink.kafka.KafkaStore;
import io.onceflow.testbed.servers.KafkaClient;
import io.onceflow.testbed.servers.TestServers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.zip.CRC32C;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the tool shows of a real Kafka's marker topic. */
class KafkaLookIT {

  private static final SinkId SINK = new SinkId("results");

  @TempDir Path directory;

  private ToolResult tool(String... arguments) {
    var all = new ArrayList<>(List.of(arguments));
    all.addAll(List.of("--config", directory.resolve("job.yaml").toString(), "--store", "kafka"));
    return ToolResult.run(all.toArray(String[]::new));
  }

  private static void commit(String topic) throws Exception {
    var config =
        KafkaSinkConfig.of(
            KafkaConfig.plaintext(TestServers.kafka().bootstrapServers()), topic, SINK.value());
    var store = KafkaStore.<ProducerRecord<byte[], byte[]>>of(config, record -> record);
    var row = new RowBuffer(64);
    store
        .createEncoder()
        .encode(
            new ProducerRecord<>(topic, "v".getBytes(StandardCharsets.UTF_8)),
            row,
            new RowBuffer(8));
    var crc = new CRC32C();
    crc.update(row.array(), 0, row.length());
    var part = new SegmentPart(0, 1, row.length(), (int) crc.getValue(), row.toByteArray(), null);
    try (var session = store.createSession(SINK, "run-1", OnReject.FAIL)) {
      var lineage =
          session
              .open(new OpenRequest(SINK, "run-1", null, OptionalLong.empty(), OnRewind.FAIL))
              .lineage();
      for (var checkpoint = 1; checkpoint <= 3; checkpoint++) {
        session.apply(
            new Epoch(
                SINK,
                lineage,
                checkpoint,
                checkpoint - 1,
                CommitScope.SINK,
                0,
                "of.%s.%s.0.%d".formatted(SINK, ToolDatabase.WRITER, checkpoint),
                Long.MIN_VALUE,
                1_000,
                "/checkpoints/chk-" + checkpoint,
                List.of(part),
                List.of(),
                List.of()),
            new SegmentReader());
      }
    }
  }

  @Test
  void theMarkerTopicIsShownAsTheTablesOfADatabaseAre() throws Exception {
    Files.writeString(
        directory.resolve("job.yaml"),
        """
        kafka:
          bootstrap-servers: %s
          security-protocol: plaintext
        """
            .formatted(TestServers.kafka().bootstrapServers()));
    assertThat(tool("preflight").exit()).isEqualTo(2);
    try (var client = KafkaClient.to(TestServers.kafka())) {
      client.createTopic(
          KafkaSinkConfig.DEFAULT_MARKER_TOPIC, 3, Map.of("cleanup.policy", "compact"));
    }
    commit(TestServers.newTopic("results", 2));

    assertThat(tool("preflight").exit()).isZero();
    var markers = tool("markers", "--sink", SINK.value(), "--last", "2");
    assertThat(markers.exit()).as(markers.out() + markers.err()).isZero();
    assertThat(markers.out())
        .contains("Sink results", "run-1", "/checkpoints/chk-3", "markers          3, none pruned");
    var json = tool("markers", "--json").json();
    assertThat(json.at("/sinks/0/markers")).hasSize(3);
    assertThat(json.at("/sinks/0/markers/0/checkpointId").asLong()).isEqualTo(3);
    assertThat(tool("in-doubt").out()).contains("0 transaction(s) in doubt");
    assertThat(tool("verify").out()).contains("not checkable").doesNotContain("EQUAL:");
    var refused = tool("dead-letters", "list");
    assertThat(refused.exit()).isEqualTo(2);
    assertThat(refused.err()).contains("is not for Kafka");
  }
}
