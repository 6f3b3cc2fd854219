package io.onceflow.common.source.rabbitmq;

import io.onceflow.common.source.rabbitmq.StreamEvent.Arrived;
import io.onceflow.common.source.rabbitmq.StreamEvent.Located;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.flink.api.connector.source.SourceOutput;
import org.apache.flink.api.connector.source.SourceReaderContext;
import org.apache.flink.connector.base.source.reader.RecordEmitter;
import org.apache.flink.connector.base.source.reader.SingleThreadMultiplexSourceReaderBase;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Reads its streams; a checkpoint has the offset behind the last message emitted. Task thread. */
@SuppressWarnings("try") // It inherits a close() that throws Exception.
final class StreamReader
    extends SingleThreadMultiplexSourceReaderBase<
        StreamEvent, RabbitMqMessage, StreamSplit, StreamProgress> {

  private static final Logger LOG = LoggerFactory.getLogger(StreamReader.class);

  private final StreamSettings settings;
  private final StreamMetrics metrics;

  private StreamReader(
      StreamSettings settings, StreamMetrics metrics, SourceReaderContext context) {
    super(
        () -> new StreamFetcher(settings, metrics),
        StreamReader::emit,
        context.getConfiguration(),
        context);
    this.settings = settings;
    this.metrics = metrics;
  }

  static StreamReader of(StreamSettings settings, SourceReaderContext context) {
    return new StreamReader(settings, new StreamMetrics(context.metricGroup()), context);
  }

  /** A {@link RecordEmitter}. */
  private static void emit(
      StreamEvent event, SourceOutput<RabbitMqMessage> output, StreamProgress progress) {
    if (event instanceof Arrived arrived) {
      var message = arrived.message();
      progress.emitted(message);
      output.collect(message, message.timestampMs());
    } else if (event instanceof Located located) {
      progress.located(located);
    }
  }

  @Override
  public void addSplits(List<StreamSplit> splits) {
    var wanted = new ArrayList<StreamSplit>();
    for (var split : splits) {
      if (settings.streams().contains(split.stream())) {
        wanted.add(split);
      } else {
        LOG.warn(
            "Stream '{}' is in the checkpoint and not in the configuration any more: it is not read, and its offset {} is forgotten with the next checkpoint.",
            split.stream(),
            split.next());
      }
    }
    super.addSplits(wanted);
  }

  @Override
  protected StreamProgress initializedState(StreamSplit split) {
    var progress = new StreamProgress(split);
    metrics.show(split.stream(), progress);
    return progress;
  }

  @Override
  protected StreamSplit toSplitType(String splitId, StreamProgress progress) {
    return progress.split();
  }

  @Override
  protected void onSplitFinished(Map<String, StreamProgress> finished) {
    LOG.info("The bounded read of {} has ended.", finished.keySet());
  }
}
