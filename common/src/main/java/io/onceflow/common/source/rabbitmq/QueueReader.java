package io.onceflow.common.source.rabbitmq;

import io.onceflow.common.source.rabbitmq.QueueEvent.Counted;
import io.onceflow.common.source.rabbitmq.QueueEvent.Delivery;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.flink.api.connector.source.SourceOutput;
import org.apache.flink.api.connector.source.SourceReaderContext;
import org.apache.flink.connector.base.source.reader.RecordEmitter;
import org.apache.flink.connector.base.source.reader.SingleThreadMultiplexSourceReaderBase;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads its queues. Emitting a message and remembering its id is one step of the task, so a
 * checkpoint has both or neither; the server is told when the checkpoint is complete. Task thread.
 */
@SuppressWarnings("try") // It inherits a close() that throws Exception.
final class QueueReader
    extends SingleThreadMultiplexSourceReaderBase<
        QueueEvent, RabbitMqMessage, QueueSplit, QueueProgress> {

  private static final Logger LOG = LoggerFactory.getLogger(QueueReader.class);

  private final QueueSettings settings;
  private final QueueLinks links;
  private final QueueMetrics metrics;
  private final PendingAcks acks = new PendingAcks();

  private QueueReader(
      QueueSettings settings, QueueLinks links, QueueMetrics metrics, SourceReaderContext context) {
    super(
        () -> new QueueFetcher(settings, links, metrics),
        new Emitter(links, metrics),
        context.getConfiguration(),
        context);
    this.settings = settings;
    this.links = links;
    this.metrics = metrics;
  }

  static QueueReader of(QueueSettings settings, SourceReaderContext context) {
    var metrics = new QueueMetrics(context.metricGroup());
    return new QueueReader(settings, new QueueLinks(settings, metrics), metrics, context);
  }

  /** Emits what is new, and notes everything that was delivered. */
  private record Emitter(QueueLinks links, QueueMetrics metrics)
      implements RecordEmitter<QueueEvent, RabbitMqMessage, QueueProgress> {

    @Override
    public void emitRecord(
        QueueEvent event, SourceOutput<RabbitMqMessage> output, QueueProgress progress) {
      if (event instanceof Delivery delivery) {
        emit(delivery, output, progress);
      } else if (event instanceof Counted counted) {
        progress.counted(counted.messages());
      }
      if (progress.isComplete()) {
        links.of(progress.queue()).enough();
      }
    }

    private void emit(
        Delivery delivery, SourceOutput<RabbitMqMessage> output, QueueProgress progress) {
      if (progress.isComplete()) {
        metrics.left();
        return;
      }
      if (!progress.take(delivery)) {
        metrics.dropped();
        return;
      }
      var message = delivery.message();
      if (message.timestampMs() == RabbitMqMessage.NO_TIMESTAMP) {
        output.collect(message);
      } else {
        output.collect(message, message.timestampMs());
      }
    }
  }

  @Override
  public void addSplits(List<QueueSplit> splits) {
    var wanted = new ArrayList<QueueSplit>();
    for (var split : splits) {
      if (settings.queues().contains(split.queue())) {
        wanted.add(split);
      } else {
        LOG.warn(
            "Queue '{}' is in the checkpoint and not in the configuration any more: it is not read, and what was emitted of it and not acknowledged is emitted again if it is ever configured again.",
            split.queue());
      }
    }
    super.addSplits(wanted);
  }

  @Override
  protected QueueProgress initializedState(QueueSplit split) {
    var progress = new QueueProgress(split, settings.window(), settings.prefetch());
    acks.add(split.queue(), progress);
    metrics.show(split.queue(), links.of(split.queue()), progress);
    if (progress.isComplete()) {
      links.of(split.queue()).enough();
    }
    return progress;
  }

  @Override
  protected QueueSplit toSplitType(String splitId, QueueProgress progress) {
    return progress.split();
  }

  @Override
  protected void onSplitFinished(Map<String, QueueProgress> finished) {
    LOG.info("The bounded read of {} has ended.", finished.keySet());
  }

  @Override
  public List<QueueSplit> snapshotState(long checkpointId) {
    acks.taken(checkpointId);
    return super.snapshotState(checkpointId);
  }

  @Override
  public void notifyCheckpointComplete(long checkpointId) throws Exception {
    acks.complete(checkpointId).forEach((queue, tag) -> links.of(queue).acknowledge(tag));
    super.notifyCheckpointComplete(checkpointId);
  }

  @Override
  public void notifyCheckpointAborted(long checkpointId) {
    acks.aborted(checkpointId);
  }

  @Override
  public void close() throws Exception {
    try {
      super.close();
    } finally {
      links.close();
    }
  }
}
