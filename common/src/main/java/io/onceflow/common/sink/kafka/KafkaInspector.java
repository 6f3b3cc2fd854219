package io.onceflow.common.sink.kafka;

import io.onceflow.common.commit.CommitStrategy;
import io.onceflow.common.commit.LineageRules.SinkRecord;
import io.onceflow.common.commit.PreparedSession;
import io.onceflow.common.commit.SinkId;
import io.onceflow.common.commit.StoreException;
import io.onceflow.common.commit.inspect.Actor;
import io.onceflow.common.commit.inspect.AuditRow;
import io.onceflow.common.commit.inspect.DeadLetterDesk;
import io.onceflow.common.commit.inspect.Housekeeping;
import io.onceflow.common.commit.inspect.InDoubt;
import io.onceflow.common.commit.inspect.Marker;
import io.onceflow.common.commit.inspect.RowCheck;
import io.onceflow.common.commit.inspect.RunInfo;
import io.onceflow.common.commit.inspect.SinkInfo;
import io.onceflow.common.commit.inspect.StoreClient;
import io.onceflow.common.commit.inspect.StoreInspector;
import io.onceflow.common.config.KafkaConfig;
import io.onceflow.common.kafka.KafkaClientProperties;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.TreeMap;
import java.util.TreeSet;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.StringDeserializer;

/**
 * An operator's view of the marker topic of one cluster. It looks at sinks and markers. STAGED
 * leaves nothing in doubt in Kafka; what needs a table says that it is not for Kafka.
 */
public final class KafkaInspector implements StoreInspector {

  private static final Duration POLL = Duration.ofMillis(100);
  private static final String SINK_KEY = "sink/";

  private final String servers;
  private final String markerTopic;
  private final Properties connection;
  private Admin admin;

  private KafkaInspector(KafkaConfig config, String markerTopic) {
    this.connection = KafkaClientProperties.of(config);
    this.servers = connection.getProperty("bootstrap.servers");
    this.markerTopic = markerTopic;
  }

  /** Inspects the cluster that a job's configuration names. */
  public static KafkaInspector at(KafkaConfig config, String markerTopic) {
    return new KafkaInspector(config, markerTopic);
  }

  @Override
  public String description() {
    return "Kafka at %s, marker topic %s".formatted(servers, markerTopic);
  }

  /** Kafka has no clock to ask; markers carry the committer's own. */
  @Override
  public Instant now() {
    return Instant.now();
  }

  @Override
  public List<String> problems(CommitStrategy strategy) throws StoreException {
    return asking(
        "Checking the marker topic",
        () -> {
          if (!KafkaErrors.await(admin().listTopics().names()).contains(markerTopic)) {
            return List.of(
                "There is no topic %s for commit markers: create it compacted, as docs/kafka.md says."
                    .formatted(markerTopic));
          }
          return strategy == CommitStrategy.STAGED
              ? List.of()
              : List.of("Kafka takes strategy STAGED only.");
        });
  }

  @Override
  public List<String> facts() throws StoreException {
    return asking(
        "Asking the cluster",
        () ->
            List.of(
                "brokers = " + KafkaErrors.await(admin().describeCluster().nodes()).size(),
                "the job's own start checks topics, ACLs and transaction limits"));
  }

  @Override
  public List<SinkInfo> sinks() throws StoreException {
    return asking(
        "Reading the sinks",
        () -> {
          var sinks = new ArrayList<SinkInfo>();
          for (var id : sinkIds()) {
            var history = history(new SinkId(id));
            if (history.known() != null) {
              sinks.add(info(id, history.known(), history));
            }
          }
          return sinks;
        });
  }

  private static SinkInfo info(String id, SinkRecord known, MarkerHistory history) {
    var own =
        history.markers().stream()
            .filter(marker -> marker.lineage().equals(known.lineage()))
            .toList();
    return new SinkInfo(
        id,
        known.lineage(),
        known.ownerRun(),
        null,
        known.lastCheckpointId(),
        known.lastRestorePath(),
        known.parentLineage(),
        known.parentCheckpointId(),
        history.lowWaterCheckpointId(),
        own.size(),
        own.isEmpty() ? null : Instant.ofEpochMilli(own.get(own.size() - 1).committedAtMs()));
  }

  @Override
  public List<Marker> markers(SinkId sinkId, int limit) throws StoreException {
    return asking(
        "Reading the markers",
        () -> {
          var all = new ArrayList<>(history(sinkId).markers());
          java.util.Collections.reverse(all);
          return all.stream().limit(limit).map(marker -> marker(sinkId, marker)).toList();
        });
  }

  /** The checkpoint stands for the number that Kafka does not give. */
  private static Marker marker(SinkId sinkId, CommitMarker marker) {
    var rows = new TreeMap<String, Long>();
    marker.ranges().forEach(range -> rows.merge(range.topic(), range.count(), Long::sum));
    return new Marker(
        sinkId.value(),
        marker.checkpointId(),
        marker.lineage(),
        marker.checkpointId(),
        marker.subtask(),
        marker.transactionId(),
        marker.rows(),
        marker.bytes(),
        marker.checksum(),
        marker.rejected(),
        rows,
        time(marker.watermarkMs()),
        time(marker.preparedAtMs()),
        time(marker.committedAtMs()));
  }

  private static Instant time(long ms) {
    return ms == Long.MIN_VALUE || ms == Long.MAX_VALUE ? null : Instant.ofEpochMilli(ms);
  }

  private MarkerHistory history(SinkId sinkId) throws StoreException {
    try (var topic = new MarkerTopic(connection, markerTopic, sinkId, admin())) {
      topic.readDecided();
      return topic.history();
    }
  }

  /** The ids are in the keys; each sink's records are in one partition. */
  private Collection<String> sinkIds() throws StoreException {
    var properties = new Properties();
    properties.putAll(connection);
    properties.putAll(
        Map.of("isolation.level", "read_committed", "allow.auto.create.topics", "false"));
    try (var consumer =
        new KafkaConsumer<>(properties, new StringDeserializer(), new ByteArrayDeserializer())) {
      var infos = consumer.partitionsFor(markerTopic);
      if (infos == null || infos.isEmpty()) {
        throw KafkaErrors.system(
            "There is no topic %s for commit markers; name it with --marker-topic."
                .formatted(markerTopic));
      }
      var partitions =
          infos.stream().map(info -> new TopicPartition(markerTopic, info.partition())).toList();
      consumer.assign(partitions);
      consumer.seekToBeginning(partitions);
      return keysUpTo(consumer, consumer.endOffsets(partitions));
    }
  }

  private static Collection<String> keysUpTo(
      KafkaConsumer<String, byte[]> consumer, Map<TopicPartition, Long> ends) {
    var ids = new TreeSet<String>();
    while (ends.entrySet().stream()
        .anyMatch(end -> consumer.position(end.getKey()) < end.getValue())) {
      for (var record : consumer.poll(POLL)) {
        if (record.key() != null && record.key().startsWith(SINK_KEY)) {
          ids.add(record.key().substring(SINK_KEY.length()));
        }
      }
    }
    return ids;
  }

  @Override
  public List<String> committed(Collection<String> transactionIds) throws StoreException {
    throw notForKafka("Looking markers up by id");
  }

  /** A transaction of STAGED is open for one commit only; the next claim ends it. */
  @Override
  public List<InDoubt> inDoubt() {
    return List.of();
  }

  @Override
  public PreparedSession settling(SinkId sinkId, String runId) throws StoreException {
    throw notForKafka("Settling prepared transactions");
  }

  @Override
  public void whileOwning(SinkId sinkId, String runId, OwnersWork work) throws StoreException {
    throw notForKafka("Locking a sink");
  }

  @Override
  public List<RowCheck> recount(SinkId sinkId) throws StoreException {
    return asking(
        "Reading the markers",
        () ->
            history(sinkId).markers().stream()
                .map(
                    marker ->
                        new RowCheck(
                            markerTopic,
                            marker.checkpointId(),
                            marker.checkpointId(),
                            marker.rows(),
                            null,
                            false,
                            RowCheck.State.NOT_CHECKABLE,
                            "Records do not say which epoch brought them, and may be compacted or expired."))
                .toList());
  }

  @Override
  public List<StoreClient> clients() {
    return List.of();
  }

  @Override
  public List<RunInfo> runs(SinkId sinkId) throws StoreException {
    throw notForKafka("Listing runs");
  }

  @Override
  public List<AuditRow> audit(SinkId sinkId, int limit) throws StoreException {
    throw notForKafka("An audit table");
  }

  @Override
  public void record(AuditRow row) throws StoreException {
    throw notForKafka("An audit table");
  }

  @Override
  public DeadLetterDesk deadLetters() throws StoreException {
    throw notForKafka("A table of dead letters");
  }

  @Override
  public Housekeeping garbage(SinkId sinkId, int keepRuns, long keepMarkers) throws StoreException {
    throw notForKafka("Cleaning up");
  }

  @Override
  public Housekeeping collect(SinkId sinkId, int keepRuns, long keepMarkers, Actor actor)
      throws StoreException {
    throw notForKafka("Cleaning up");
  }

  private static StoreException notForKafka(String what) {
    return KafkaErrors.system(
        "%s is not for Kafka: its sink is STAGED, leaves nothing in doubt and removes its old markers itself; rejected records are in the reject topic."
            .formatted(what));
  }

  private Admin admin() {
    if (admin == null) {
      admin = Admin.create(connection);
    }
    return admin;
  }

  /** A question to the cluster. */
  private interface Question<R> {
    R ask() throws StoreException;
  }

  private static <R> R asking(String doing, Question<R> question) throws StoreException {
    try {
      return question.ask();
    } catch (KafkaException e) {
      throw KafkaErrors.exception(doing + " failed", e);
    }
  }

  @Override
  public void close() {
    if (admin != null) {
      admin.close(Duration.ofSeconds(5));
      admin = null;
    }
  }
}
