package io.onceflow.common.sink.kafka;

import io.onceflow.common.commit.LineageRules.SinkRecord;
import io.onceflow.common.commit.OpenRequest;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.JsonNode;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.ObjectMapper;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.node.ObjectNode;

/**
 * The values of the marker topic: one JSON object each, so that {@code kafka-console-consumer.sh}
 * shows them. Fields may be added; a version that is not known is refused.
 */
final class MarkerJson {

  private static final int VERSION = 1;
  private static final ObjectMapper MAPPER = new ObjectMapper();

  private MarkerJson() {}

  static byte[] of(MarkerHistory.Sink sink) throws IOException {
    var record = sink.record();
    return bytes(
        object()
            .put("lineage", record.lineage())
            .put("ownerRun", record.ownerRun())
            .put("lastCheckpoint", record.lastCheckpointId())
            .put("lastRestorePath", record.lastRestorePath())
            .put("parentLineage", record.parentLineage())
            .put("parentCheckpoint", record.parentCheckpointId())
            .put("lowWaterCheckpoint", sink.lowWaterCheckpointId()));
  }

  static MarkerHistory.Sink sink(byte[] value) throws IOException {
    var node = read(value);
    return new MarkerHistory.Sink(
        new SinkRecord(
            node.required("lineage").asText(),
            node.required("ownerRun").asText(),
            node.required("lastCheckpoint").asLong(),
            node.required("parentLineage").textValue(),
            node.required("parentCheckpoint").asLong(),
            node.required("lastRestorePath").textValue()),
        node.required("lowWaterCheckpoint").asLong());
  }

  static byte[] of(OpenRequest request, String lineage) throws IOException {
    var node = object().put("lineage", lineage).put("claimedAtMs", System.currentTimeMillis());
    if (request.restoredCheckpointId().isPresent()) {
      node.put("restoredCheckpoint", request.restoredCheckpointId().getAsLong());
    }
    return bytes(node);
  }

  static String lineageOfRun(byte[] value) throws IOException {
    return read(value).required("lineage").asText();
  }

  static byte[] of(MarkerHistory.Newest newest) throws IOException {
    return bytes(
        object()
            .put("lineage", newest.lineage())
            .put("checkpoint", newest.checkpointId())
            .put("restorePath", newest.restorePath()));
  }

  static MarkerHistory.Newest newest(byte[] value) throws IOException {
    var node = read(value);
    return new MarkerHistory.Newest(
        node.required("lineage").asText(),
        node.required("checkpoint").asLong(),
        node.required("restorePath").textValue());
  }

  static byte[] fencedFor(String runId) throws IOException {
    return bytes(object().put("run", runId));
  }

  static String fencedFor(byte[] value) throws IOException {
    return read(value).required("run").asText();
  }

  static byte[] member() throws IOException {
    return bytes(object());
  }

  static byte[] of(CommitMarker marker) throws IOException {
    var node =
        object()
            .put("transaction", marker.transactionId())
            .put("lineage", marker.lineage())
            .put("subtask", marker.subtask())
            .put("checkpoint", marker.checkpointId())
            .put("previousCheckpoint", marker.previousCheckpointId())
            .put("run", marker.runId())
            .put("rows", marker.rows())
            .put("rejected", marker.rejected())
            .put("bytes", marker.bytes())
            .put("checksum", marker.checksum())
            .put("watermarkMs", marker.watermarkMs())
            .put("preparedAtMs", marker.preparedAtMs())
            .put("committedAtMs", marker.committedAtMs());
    var ranges = node.putArray("offsets");
    for (var range : marker.ranges()) {
      ranges
          .addObject()
          .put("topic", range.topic())
          .put("partition", range.partition())
          .put("first", range.first())
          .put("last", range.last())
          .put("count", range.count());
    }
    return bytes(node);
  }

  static CommitMarker marker(byte[] value) throws IOException {
    var node = read(value);
    return new CommitMarker(
        node.required("transaction").asText(),
        node.required("lineage").asText(),
        node.required("subtask").asInt(),
        node.required("checkpoint").asLong(),
        node.required("previousCheckpoint").asLong(),
        node.required("run").asText(),
        node.required("rows").asLong(),
        node.required("rejected").asLong(),
        node.required("bytes").asLong(),
        node.required("checksum").asLong(),
        node.required("watermarkMs").asLong(),
        node.required("preparedAtMs").asLong(),
        node.required("committedAtMs").asLong(),
        ranges(node.required("offsets")));
  }

  private static List<CommitMarker.Range> ranges(JsonNode nodes) {
    var ranges = new ArrayList<CommitMarker.Range>(nodes.size());
    for (var node : nodes) {
      ranges.add(
          new CommitMarker.Range(
              node.required("topic").asText(),
              node.required("partition").asInt(),
              node.required("first").asLong(),
              node.required("last").asLong(),
              node.required("count").asLong()));
    }
    return ranges;
  }

  private static ObjectNode object() {
    return MAPPER.createObjectNode().put("version", VERSION);
  }

  private static byte[] bytes(ObjectNode node) throws IOException {
    return MAPPER.writeValueAsBytes(node);
  }

  private static JsonNode read(byte[] value) throws IOException {
    var node = MAPPER.readTree(value);
    if (node.path("version").asInt() != VERSION) {
      throw new IOException(
          "A record of the marker topic has version %s; this library reads version %d."
              .formatted(node.path("version"), VERSION));
    }
    return node;
  }
}
