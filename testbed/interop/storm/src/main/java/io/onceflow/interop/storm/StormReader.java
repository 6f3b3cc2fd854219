package io.onceflow.interop.storm;

import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;
import org.apache.storm.Config;
import org.apache.storm.LocalCluster;
import org.apache.storm.generated.StormTopology;
import org.apache.storm.kafka.spout.FirstPollOffsetStrategy;
import org.apache.storm.kafka.spout.KafkaSpout;
import org.apache.storm.kafka.spout.KafkaSpoutConfig;
import org.apache.storm.kafka.spout.KafkaSpoutConfig.ProcessingGuarantee;
import org.apache.storm.topology.TopologyBuilder;

/**
 * Writes down what a topology reads: a line {@code key value} for every tuple, as it comes.
 *
 * <p>Arguments: bootstrap servers, topic, file, how many records {@code end end} to read until the
 * program ends, isolation level.
 *
 * <p>The spout's guarantee is AT_MOST_ONCE: with AT_LEAST_ONCE, Storm's default, a tuple that was
 * acknowledged too late would come twice, by Storm and not by what is in the topic. What Storm lost
 * would be missing in the file.
 */
public final class StormReader {

  private StormReader() {}

  /** Reads until the last end. */
  @SuppressWarnings("try") // of close(), which may be interrupted: nobody interrupts this thread
  public static void main(String[] args) throws Exception {
    var ends = new CountDownLatch(Integer.parseInt(args[3]));
    // The local cluster's workers are in this JVM, so the bolt reaches it without being sent it.
    LineBolt.countEndsOn(ends);
    try (var cluster = new LocalCluster()) {
      cluster.submitTopology(
          "interop", config(), topology(args[0], args[1], Path.of(args[2]), args[4]));
      ends.await();
    }
    // Threads of the local cluster may live on.
    System.exit(0);
  }

  private static Config config() {
    var config = new Config();
    config.setNumWorkers(1);
    return config;
  }

  private static StormTopology topology(String servers, String topic, Path file, String isolation) {
    var spout =
        KafkaSpoutConfig.builder(servers, topic)
            .setProp("group.id", "interop-storm")
            .setProp("isolation.level", isolation)
            .setProcessingGuarantee(ProcessingGuarantee.AT_MOST_ONCE)
            .setFirstPollOffsetStrategy(FirstPollOffsetStrategy.EARLIEST)
            .build();
    var builder = new TopologyBuilder();
    builder.setSpout("numbers", new KafkaSpout<>(spout), 1);
    builder.setBolt("lines", new LineBolt(file.toString()), 1).shuffleGrouping("numbers");
    return builder.createTopology();
  }
}
