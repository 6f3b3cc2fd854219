package io.onceflow.interop.storm;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import org.apache.storm.task.OutputCollector;
import org.apache.storm.task.TopologyContext;
import org.apache.storm.topology.OutputFieldsDeclarer;
import org.apache.storm.topology.base.BaseRichBolt;
import org.apache.storm.tuple.Tuple;

/** Appends a line {@code key value} for every tuple and acknowledges it; one instance at a time. */
final class LineBolt extends BaseRichBolt {
  private static final String END = "end end";
  private static volatile CountDownLatch ends;

  private final String file;
  private transient OutputCollector collector;
  private transient Writer writer;

  LineBolt(String file) {
    this.file = file;
  }

  static void countEndsOn(CountDownLatch latch) {
    ends = latch;
  }

  @Override
  public void prepare(
      Map<String, Object> config, TopologyContext context, OutputCollector collector) {
    this.collector = collector;
    try {
      writer =
          Files.newBufferedWriter(
              Path.of(file), StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    } catch (IOException e) {
      throw new UncheckedIOException("The bolt cannot write to " + file + ".", e);
    }
  }

  @Override
  public void execute(Tuple tuple) {
    String line = tuple.getStringByField("key") + " " + tuple.getStringByField("value");
    try {
      writer.write(line + "\n");
      writer.flush();
    } catch (IOException e) {
      throw new UncheckedIOException("The bolt cannot write to " + file + ".", e);
    }
    collector.ack(tuple);
    if (line.equals(END)) {
      ends.countDown();
    }
  }

  @Override
  public void declareOutputFields(OutputFieldsDeclarer declarer) {
    // The last one: nothing goes on from here.
  }
}
