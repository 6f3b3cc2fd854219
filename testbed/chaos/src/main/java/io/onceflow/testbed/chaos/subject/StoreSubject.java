package io.onceflow.testbed.chaos.subject;

import io.onceflow.testbed.chaos.check.Checks;
import io.onceflow.testbed.chaos.check.StoreView;
import io.onceflow.testbed.chaos.job.ChaosJob;
import io.onceflow.testbed.chaos.truth.EventSender;
import io.onceflow.testbed.chaos.truth.TruthLog;
import io.onceflow.testbed.servers.KafkaClient;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** What all subjects have in common: the input, the dead letters and the truth. */
abstract class StoreSubject implements Subject {

  private final String name;
  private final Servers servers;

  StoreSubject(String name, Servers servers) {
    this.name = name;
    this.servers = servers;
  }

  @Override
  public final String name() {
    return name;
  }

  @Override
  public final boolean isPeer() {
    return name.endsWith("-peer");
  }

  @Override
  public final String mainClass() {
    return ChaosJob.class.getName();
  }

  @Override
  public final void prepare(Block block) throws Exception {
    try (var kafka = KafkaClient.to(servers.input())) {
      kafka.createTopic(block.topic(), Block.PARTITIONS);
      kafka.createTopic(block.deadLetters(), 1);
      kafka.createMarkerTopic(block.deadLetterMarkers(), 1);
    }
    prepareStore(block);
  }

  /** Makes what the rows go to. */
  abstract void prepareStore(Block block) throws Exception;

  @Override
  public final List<String> jobArguments(Block block) {
    var arguments = new ArrayList<String>();
    arguments.addAll(List.of("--subject", name));
    arguments.addAll(List.of("--input", servers.input().bootstrapServers()));
    arguments.addAll(List.of("--topic", block.topic()));
    arguments.addAll(List.of("--dead-letters", block.deadLetters()));
    arguments.addAll(List.of("--dead-letter-markers", block.deadLetterMarkers()));
    arguments.addAll(List.of("--sink-id", block.run()));
    arguments.addAll(storeArguments(block));
    return arguments;
  }

  /** The job's way to the store, through the proxy. */
  abstract List<String> storeArguments(Block block);

  @Override
  public final TruthLog truth(Block block) throws IOException {
    return TruthLog.create(servers.directory().resolve("truth").resolve(block.run() + ".jsonl"));
  }

  @Override
  public final EventSender sender(Block block, TruthLog truth, long seed) {
    return new EventSender(
        new EventSender.Target(
            servers.input().bootstrapServers(), block.topic(), Block.PARTITIONS, block.run()),
        truth,
        seed);
  }

  @Override
  public final Checks checks(Block block, TruthLog truth) {
    return new Checks(
        new Checks.Places(
            view(block),
            view(block),
            servers.input().bootstrapServers(),
            block.deadLetters(),
            block.deadLetterSink()),
        truth);
  }

  /** A new view of the rows, straight at the server. */
  abstract StoreView view(Block block);
}
