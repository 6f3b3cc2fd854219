package io.onceflow.common.sink.kafka;

import io.onceflow.common.commit.CommitScope;
import io.onceflow.common.commit.Epoch;
import io.onceflow.common.commit.OnReject;
import io.onceflow.common.commit.OnRewind;
import io.onceflow.common.commit.OpenRequest;
import io.onceflow.common.commit.RowBuffer;
import io.onceflow.common.commit.RowRejectedException;
import io.onceflow.common.commit.SegmentPart;
import io.onceflow.common.commit.SegmentReader;
import io.onceflow.common.commit.StagedSession;
import io.onceflow.common.commit.StoreException;
import io.onceflow.common.config.KafkaConfig;
import io.onceflow.common.kafka.KafkaClientProperties;
import io.onceflow.testbed.servers.KafkaBroker;
import io.onceflow.testbed.servers.KafkaClient;
import io.onceflow.testbed.servers.TestServers;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.UUID;
import java.util.stream.IntStream;
import java.util.zip.CRC32C;
import org.apache.kafka.clients.producer.ProducerRecord;

/** Makes epochs by hand, for tests that talk to a session without Flink. One run of one sink. */
final class KafkaEpochs {

  private final KafkaSinkConfig config;
  private final String runId = UUID.randomUUID().toString();
  private final Map<Integer, Long> lastOfSubtask = new HashMap<>();
  private String lineage;
  private long restored;

  KafkaEpochs(KafkaSinkConfig config) {
    this.config = config;
  }

  static KafkaSinkConfig config(KafkaBroker broker, String topic) {
    return config(broker.bootstrapServers(), topic);
  }

  /** A sink of its own with a marker topic of its own, both named after the topic. */
  static KafkaSinkConfig config(String bootstrapServers, String topic) {
    return KafkaSinkConfig.of(KafkaConfig.plaintext(bootstrapServers), topic, "sink-of-" + topic)
        .with(
            new KafkaSinkConfig.Staged(
                "markers-of-" + topic,
                null,
                OnRewind.FAIL,
                KafkaSinkConfig.Staged.DEFAULT.retryPolicy()));
  }

  static KafkaSinkConfig rejectingTo(String rejectTopic, KafkaSinkConfig config) {
    return config.with(
        new KafkaSinkConfig.Staged(
            config.staged().markerTopic(),
            rejectTopic,
            config.staged().onRewind(),
            config.staged().retryPolicy()));
  }

  static void createMarkers(KafkaClient client, KafkaSinkConfig config) {
    client.createMarkerTopic(config.staged().markerTopic(), 1);
  }

  /** The same history restored by another submission, from its newest checkpoint here. */
  KafkaEpochs restoredAt(long checkpointId) {
    var next = new KafkaEpochs(config);
    next.lineage = lineage;
    next.restored = checkpointId;
    next.lastOfSubtask.put(0, checkpointId);
    return next;
  }

  /** The next sessions of this run are those of a job that was restored from this checkpoint. */
  void restartAt(long checkpointId) {
    restored = checkpointId;
  }

  String runId() {
    return runId;
  }

  KafkaStore<ProducerRecord<byte[], byte[]>> store() {
    return KafkaStore.of(config, record -> record);
  }

  StagedSession open() throws StoreException {
    var session = session();
    claim(session);
    return session;
  }

  StagedSession session() {
    var onReject = config.staged().rejectTopic() == null ? OnReject.FAIL : OnReject.DEAD_LETTER;
    return store().createSession(config.sinkId(), runId, onReject);
  }

  void claim(StagedSession session) throws StoreException {
    session.preflight();
    lineage =
        session
            .open(
                new OpenRequest(
                    config.sinkId(),
                    runId,
                    lineage,
                    restored == 0 ? OptionalLong.empty() : OptionalLong.of(restored),
                    OnRewind.FAIL))
            .lineage();
  }

  static SegmentReader segments() {
    return new SegmentReader();
  }

  Epoch epoch(long checkpointId, List<ProducerRecord<byte[], byte[]>> records) throws Exception {
    return epoch(CommitScope.SINK, 0, checkpointId, last(0, checkpointId), parts(records));
  }

  Epoch epoch(int subtask, long checkpointId, List<ProducerRecord<byte[], byte[]>> records)
      throws Exception {
    var previous = last(subtask, checkpointId);
    return epoch(CommitScope.SUBTASK, subtask, checkpointId, previous, parts(records));
  }

  Epoch after(long previous, long checkpointId, List<ProducerRecord<byte[], byte[]>> records)
      throws Exception {
    return epoch(CommitScope.SINK, 0, checkpointId, previous, parts(records));
  }

  Epoch ofParts(long checkpointId, List<SegmentPart> parts) {
    return epoch(CommitScope.SINK, 0, checkpointId, last(0, checkpointId), parts);
  }

  private long last(int subtask, long checkpointId) {
    var last = lastOfSubtask.put(subtask, checkpointId);
    return last == null ? 0 : last;
  }

  private Epoch epoch(
      CommitScope scope, int subtask, long checkpointId, long previous, List<SegmentPart> parts) {
    return new Epoch(
        config.sinkId(),
        lineage,
        checkpointId,
        previous,
        scope,
        subtask,
        "of.%s.%s.%d.%d".formatted(config.sinkId(), runId, subtask, checkpointId),
        Long.MIN_VALUE,
        1_000,
        "/checkpoints/chk-" + checkpointId,
        parts,
        List.of(),
        List.of());
  }

  private List<SegmentPart> parts(List<ProducerRecord<byte[], byte[]>> records) throws Exception {
    return records.isEmpty() ? List.of() : List.of(part(records));
  }

  SegmentPart part(List<ProducerRecord<byte[], byte[]>> records) throws Exception {
    var encoder = store().createEncoder();
    var bytes = new ByteArrayOutputStream();
    var row = new RowBuffer(64);
    for (var record : records) {
      row.clear();
      encoder.encode(record, row, new RowBuffer(1));
      bytes.write(row.array(), 0, row.length());
    }
    return part(KafkaStore.RECORDS, records.size(), bytes.toByteArray());
  }

  private static SegmentPart part(int target, int rows, byte[] bytes) {
    var crc = new CRC32C();
    crc.update(bytes);
    return new SegmentPart(target, rows, bytes.length, (int) crc.getValue(), bytes, null);
  }

  /** A value that the mapper has rejected. */
  SegmentPart rejected(String value) {
    var encoder =
        KafkaStore.<String>of(config, text -> new ProducerRecord<>("none", bytes(text)))
            .createEncoder();
    var row = new RowBuffer(64);
    encoder.encodeDeadLetter(
        value, new RowRejectedException(config.topic(), "NO_MAPPING", "No."), row);
    return part(KafkaStore.REJECTS, 1, row.toByteArray());
  }

  /** Records with the numbers from one to the other, to partition 0. */
  List<ProducerRecord<byte[], byte[]>> numbers(int from, int to) {
    return IntStream.rangeClosed(from, to).mapToObj(this::number).toList();
  }

  private ProducerRecord<byte[], byte[]> number(int number) {
    return new ProducerRecord<>(config.topic(), 0, null, null, bytes(Integer.toString(number)));
  }

  static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  /** What a reader of committed records finds, as text. */
  static List<String> committed(KafkaClient client, String topic) {
    var texts = new ArrayList<String>();
    client
        .readCommitted(topic)
        .forEach(record -> texts.add(new String(record.value(), StandardCharsets.UTF_8)));
    return texts;
  }

  static List<String> texts(int from, int to) {
    return IntStream.rangeClosed(from, to).mapToObj(Integer::toString).toList();
  }

  /** What the marker topic says now. */
  static MarkerHistory history(KafkaSinkConfig config, KafkaClient client) throws Exception {
    try (var reader =
        new MarkerTopic(
            KafkaClientProperties.of(config.kafka()),
            config.staged().markerTopic(),
            config.sinkId(),
            client.admin())) {
      reader.readDecided();
      return reader.history();
    }
  }

  /** A sink on the shared broker whose topics exist. */
  static KafkaSinkConfig onSharedBroker(String prefix, int partitions) {
    var topic = TestServers.newTopic(prefix, partitions);
    var config = config(TestServers.kafka(), topic);
    try (var client = KafkaClient.to(TestServers.kafka())) {
      createMarkers(client, config);
    }
    return config;
  }
}
