package io.onceflow.testbed.chaos.check;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.onceflow.testbed.chaos.check.StoreView.MarkerRow;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/**
 * The markers of a sink, as their topic has them. Which record belongs to which epoch is in the
 * markers, as ranges of offsets. Markers that the sink has forgotten are kept here.
 */
final class KafkaMarkers {

  private static final ObjectMapper MAPPER = new ObjectMapper();

  private final String prefix;
  private final String topic;
  private final List<MarkerRow> markers = new ArrayList<>();
  private final Map<Integer, NavigableMap<Long, Range>> ranges = new HashMap<>();

  /**
   * An epoch's part of a partition.
   *
   * @param epoch number of the marker, in their order
   * @param first offset of its first record
   * @param last offset of its last record
   * @param count of its records
   */
  record Range(long epoch, int partition, long first, long last, long count) {}

  KafkaMarkers(String topic, String sinkId) {
    this.topic = topic;
    this.prefix = "marker/" + sinkId + "/";
  }

  /** Takes a record of the marker topic and returns the ranges that are new. */
  List<Range> take(ConsumerRecord<byte[], byte[]> record) throws IOException {
    if (record.value() == null || !new String(record.key()).startsWith(prefix)) {
      return List.of();
    }
    var json = MAPPER.readTree(record.value());
    var epoch = markers.size() + 1L;
    var added = new ArrayList<Range>();
    for (var node : json.path("offsets")) {
      if (node.path("topic").asText().equals(topic)) {
        added.add(range(epoch, node));
      }
    }
    added.forEach(
        range ->
            ranges
                .computeIfAbsent(range.partition(), partition -> new TreeMap<>())
                .put(range.first(), range));
    markers.add(
        new MarkerRow(
            json.path("transaction").asText(),
            epoch,
            null,
            json.path("lineage").asText(),
            json.path("checkpoint").asLong(),
            json.path("previousCheckpoint").asLong(),
            json.path("rows").asLong()));
    return added;
  }

  private static Range range(long epoch, JsonNode node) {
    return new Range(
        epoch,
        node.path("partition").asInt(),
        node.path("first").asLong(),
        node.path("last").asLong(),
        node.path("count").asLong());
  }

  /** The markers in their order. */
  List<MarkerRow> all() {
    return List.copyOf(markers);
  }

  /** The epoch that a record belongs to, or null when no marker says so. */
  Long epochOf(int partition, long offset) {
    var ofPartition = ranges.get(partition);
    var range = ofPartition == null ? null : ofPartition.floorEntry(offset);
    return range == null || offset > range.getValue().last() ? null : range.getValue().epoch();
  }

  /** The range that a reader has seen the beginning of when the partition ends here for it. */
  Optional<Range> around(int partition, long end) {
    var ofPartition = ranges.get(partition);
    var range = ofPartition == null ? null : ofPartition.lowerEntry(end);
    return range == null || end > range.getValue().last()
        ? Optional.empty()
        : Optional.of(range.getValue());
  }

  /** What became of these markers of an earlier reading: each one that went or changed. */
  List<String> changesSince(List<MarkerRow> earlier) {
    var now = new HashMap<String, MarkerRow>();
    markers.forEach(marker -> now.put(marker.id(), marker));
    var changes = new ArrayList<String>();
    for (var before : earlier) {
      var marker = now.get(before.id());
      if (marker == null) {
        changes.add("Marker %s was there and is not any more.".formatted(before.id()));
      } else if (!what(marker).equals(what(before))) {
        changes.add(
            "Marker %s was %s and is %s.".formatted(before.id(), what(before), what(marker)));
      }
    }
    return changes;
  }

  /** Without its number, which is only its place among the others. */
  private static String what(MarkerRow marker) {
    return "of lineage %s, checkpoint %d after %d, with %d rows"
        .formatted(marker.lineage(), marker.checkpoint(), marker.previous(), marker.rows());
  }

  /** Rows that the markers count. */
  long rows() {
    return markers.stream().mapToLong(MarkerRow::rows).sum();
  }
}
