package io.onceflow.common.sink.kafka;

import java.io.IOException;
import java.util.Collection;
import java.util.Properties;
import org.apache.flink.api.connector.sink2.Committer;
import org.apache.flink.api.connector.sink2.CommitterInitContext;
import org.apache.flink.api.connector.sink2.Sink;
import org.apache.flink.api.connector.sink2.SinkWriter;
import org.apache.flink.api.connector.sink2.StatefulSinkWriter;
import org.apache.flink.api.connector.sink2.SupportsCommitter;
import org.apache.flink.api.connector.sink2.SupportsWriterState;
import org.apache.flink.api.connector.sink2.WriterInitContext;
import org.apache.flink.connector.kafka.sink.KafkaCommittable;
import org.apache.flink.connector.kafka.sink.KafkaSink;
import org.apache.flink.connector.kafka.sink.KafkaWriterState;
import org.apache.flink.core.io.SimpleVersionedSerializer;
import org.apache.flink.runtime.execution.SuppressRestartsException;
import org.apache.flink.streaming.api.connector.sink2.CommittableMessage;
import org.apache.flink.streaming.api.connector.sink2.SupportsPostCommitTopology;
import org.apache.flink.streaming.api.datastream.DataStream;

/**
 * Flink's Kafka sink, except that a transaction which the broker gave up fails the job. Flink's own
 * committer logs such a transaction, drops its records and lets the job finish.
 *
 * @param <T> the type of the records
 */
final class LossRefusingSink<T>
    implements Sink<T>,
        SupportsCommitter<KafkaCommittable>,
        SupportsWriterState<T, KafkaWriterState>,
        SupportsPostCommitTopology<KafkaCommittable> {

  private static final long serialVersionUID = 1L;

  private final KafkaSink<T> sink;
  private final Properties connection;

  /**
   * @param connection properties of a client of the same cluster; secrets as references
   */
  LossRefusingSink(KafkaSink<T> sink, Properties connection) {
    this.sink = sink;
    this.connection = connection;
  }

  @Override
  public SinkWriter<T> createWriter(WriterInitContext context) throws IOException {
    return sink.createWriter(context);
  }

  @Override
  public StatefulSinkWriter<T, KafkaWriterState> restoreWriter(
      WriterInitContext context, Collection<KafkaWriterState> states) throws IOException {
    return sink.restoreWriter(context, states);
  }

  @Override
  public SimpleVersionedSerializer<KafkaWriterState> getWriterStateSerializer() {
    return sink.getWriterStateSerializer();
  }

  @Override
  public Committer<KafkaCommittable> createCommitter(CommitterInitContext context) {
    return new LossRefusingCommitter<>(
        sink.createCommitter(context),
        KafkaCommittable::getTransactionalId,
        new TransactionOutcomes(connection));
  }

  @Override
  public SimpleVersionedSerializer<KafkaCommittable> getCommittableSerializer() {
    return new OwnCommittables(sink.getCommittableSerializer());
  }

  @Override
  public void addPostCommitTopology(DataStream<CommittableMessage<KafkaCommittable>> committables) {
    sink.addPostCommitTopology(committables);
  }

  /** Flink's own serializer reads whatever it is given as a transaction. */
  private record OwnCommittables(SimpleVersionedSerializer<KafkaCommittable> flink)
      implements SimpleVersionedSerializer<KafkaCommittable> {

    @Override
    public int getVersion() {
      return flink.getVersion();
    }

    @Override
    public byte[] serialize(KafkaCommittable committable) throws IOException {
      return flink.serialize(committable);
    }

    @Override
    public KafkaCommittable deserialize(int version, byte[] bytes) throws IOException {
      if (version > flink.getVersion()) {
        throw new SuppressRestartsException(
            new IOException(
                "A sink of strategy kafka-sink was restored with the state of another strategy. Set strategy: staged again; to change it, see docs/operate.md, 'Another strategy'."));
      }
      return flink.deserialize(version, bytes);
    }
  }
}
