package io.onceflow.common.sink.kafka;

import io.onceflow.common.commit.SinkId;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Properties;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.TransactionState;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.TransactionalIdNotFoundException;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/**
 * The clients of one session: admin, reader of the markers, and at most one producer. Made when
 * first asked for. One thread, except for {@link #abort}.
 */
final class KafkaClients implements AutoCloseable {

  private static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(5);
  private static final int ANSWER_TIMEOUT_MS = 30_000;
  private static final int DEFAULT_MAX_REQUEST_BYTES = 1024 * 1024;

  private final KafkaStore.Shape shape;
  private final SinkId sinkId;
  private volatile Admin admin;
  private volatile MarkerTopic markers;
  private volatile Producer<byte[], byte[]> producer;
  private volatile boolean aborted;
  private String transactionalId;

  KafkaClients(KafkaStore.Shape shape, SinkId sinkId) {
    this.shape = shape;
    this.sinkId = sinkId;
  }

  Admin admin() {
    throwIfAborted();
    if (admin == null) {
      var properties = new Properties();
      properties.putAll(shape.connection());
      properties.put("default.api.timeout.ms", ANSWER_TIMEOUT_MS);
      properties.put("request.timeout.ms", ANSWER_TIMEOUT_MS);
      admin = Admin.create(properties);
      throwIfAborted();
    }
    return admin;
  }

  MarkerTopic markers() {
    throwIfAborted();
    if (markers == null) {
      var properties = new Properties();
      properties.putAll(shape.connection());
      properties.put("default.api.timeout.ms", ANSWER_TIMEOUT_MS);
      markers = new MarkerTopic(properties, shape.markerTopic(), sinkId, admin());
      throwIfAborted();
    }
    return markers;
  }

  TargetTopics topics() {
    var limit = shape.producer().getProperty("max.request.size");
    var compression = shape.producer().getProperty("compression.type", "none");
    var promised = new HashSet<>(shape.topics());
    if (shape.rejectTopic() != null) {
      promised.add(shape.rejectTopic());
    }
    return new TargetTopics(
        admin(),
        promised,
        limit == null ? DEFAULT_MAX_REQUEST_BYTES : Integer.parseInt(limit),
        !compression.equals("none"));
  }

  boolean hasProducer(String id) {
    return producer != null && id.equals(transactionalId);
  }

  Producer<byte[], byte[]> producer() {
    return producer;
  }

  /**
   * A new producer in place of the one there is. When this returns, every transaction that was
   * begun under this id before has been committed or aborted, and no producer that was initialized
   * before can ever commit one.
   */
  void initProducer(String id) {
    throwIfAborted();
    dropProducer();
    var properties = new Properties();
    properties.putAll(shape.connection());
    properties.putAll(shape.producer());
    properties.put("acks", "all");
    properties.put("enable.idempotence", "true");
    properties.put("transactional.id", id);
    properties.put("transaction.timeout.ms", shape.transactionTimeoutMs());
    producer =
        new KafkaProducer<>(properties, new ByteArraySerializer(), new ByteArraySerializer());
    transactionalId = id;
    throwIfAborted();
    producer.initTransactions();
  }

  /**
   * Leaves a producer whose state is not known. It is never used again: a request of it that is
   * still on its way must not meet a later transaction.
   */
  void dropProducer() {
    var dropped = producer;
    producer = null;
    closeAtOnce(dropped);
  }

  /** Ends a transaction that failed for reasons of our own, so that no reader waits for it. */
  void abortTransaction() {
    try {
      if (producer != null) {
        producer.abortTransaction();
      }
    } catch (KafkaException theNextProducerDoesIt) {
      dropProducer();
    }
  }

  /** Whether somebody is in the middle of a transaction under this id. */
  boolean isOngoing(String id) {
    try {
      var described = admin().describeTransactions(List.of(id)).description(id);
      return KafkaErrors.await(described).state() == TransactionState.ONGOING;
    } catch (TransactionalIdNotFoundException never) {
      return false;
    }
  }

  void throwIfAborted() {
    if (aborted) {
      abort();
      throw new KafkaException("The session was aborted.");
    }
  }

  /** Breaks what is under way, from any thread; nothing is committed afterwards. */
  void abort() {
    aborted = true;
    var current = producer;
    var reader = markers;
    var asker = admin;
    each(
        () -> closeAtOnce(current),
        () -> {
          if (reader != null) {
            reader.wakeup();
          }
        },
        () -> {
          if (asker != null) {
            asker.close(Duration.ZERO);
          }
        });
  }

  @Override
  public void close() {
    var reader = markers;
    var asker = admin;
    markers = null;
    admin = null;
    each(
        this::dropProducer,
        () -> {
          if (reader != null) {
            reader.close();
          }
        },
        () -> {
          if (asker != null) {
            asker.close(CLOSE_TIMEOUT);
          }
        });
  }

  private static void closeAtOnce(Producer<byte[], byte[]> producer) {
    if (producer != null) {
      producer.close(Duration.ZERO);
    }
  }

  /** One that fails, or is interrupted, must not keep the others' threads and sockets. */
  private static void each(Runnable... closings) {
    RuntimeException failure = null;
    for (var closing : closings) {
      try {
        closing.run();
      } catch (RuntimeException e) {
        if (failure == null) {
          failure = e;
        } else {
          failure.addSuppressed(e);
        }
      }
    }
    if (failure != null) {
      throw failure;
    }
  }
}
