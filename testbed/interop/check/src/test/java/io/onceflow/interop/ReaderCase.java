package io.onceflow.interop;

import static org.assertj.core.api.Assertions.assertThat;

import io.onceflow.testbed.servers.KafkaClient;
import io.onceflow.testbed.servers.TestServers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * What every reader has to pass while the job ends between checkpoints, goes on and stops, and
 * while somebody else's transaction is open in its output.
 *
 * @param module the reader's module
 * @param mainClass the reader
 */
record ReaderCase(String module, String mainClass) {
  private static final String COMMITTED = "read_committed";
  private static final Duration OFTEN = Duration.ofMillis(300);
  private static final Duration NEVER = Duration.ofHours(1);

  void everyValueIsReadOnce(String strategy, Path directory) throws Exception {
    try (var client = KafkaClient.to(TestServers.kafka())) {
      var checkpoints = Files.createDirectory(directory.resolve("checkpoints"));
      var output = new PipelineOutput(checkpoints, strategy, client);
      try (var reader = ReaderProcess.start(this, COMMITTED, output.topic(), directory)) {
        writeWithAFailure(output, reader);
        reader.awaitLines(output.expected().size());
        try (var stranger = new Stranger(TestServers.kafka().bootstrapServers(), output.topic())) {
          stranger.write("stranger", "1");
          reader.awaitNoMoreThan(output.expected().size());
          assertExact(output.expected(), reader.lines());
          stranger.abort();
          stranger.write("end", "end");
          stranger.commit();
        }
        reader.awaitEnd();
        var expected = withEnds(output.expected());
        assertExact(expected, reader.lines());
        assertTheCheckCanFail(expected, reader.lines(), output);
      }
    }
  }

  /** The same reader with the other isolation level must not pass. */
  void aReaderOfUncommittedRecordsIsNoticed(Path directory) throws Exception {
    var topic = TestServers.newTopic("strange", PipelineOutput.PARTITIONS);
    try (var stranger = new Stranger(TestServers.kafka().bootstrapServers(), topic);
        var reader = ReaderProcess.start(this, "read_uncommitted", topic, directory)) {
      stranger.write("stranger", "1");
      stranger.abort();
      stranger.write("end", "end");
      stranger.commit();
      reader.awaitEnd();
      assertThat(ReadOnce.compare(withEnds(List.of()), reader.lines()).surplus())
          .containsExactly("stranger 1", "stranger 1");
    }
  }

  private static void writeWithAFailure(PipelineOutput output, ReaderProcess reader)
      throws Exception {
    var job = output.start(OFTEN, null);
    output.send();
    output.awaitCommitted();
    output.cancel(job);
    reader.awaitLines(output.expected().size());
    var committed = output.expected();
    var checkpoint = output.checkpoint();

    job = output.start(NEVER, checkpoint);
    output.send();
    output.awaitProgress(job);
    reader.awaitNoMoreThan(committed.size());
    assertExact(committed, reader.lines());
    output.cancel(job);

    job = output.start(OFTEN, checkpoint);
    output.send();
    output.awaitCommitted();
    output.stop(job);
  }

  private static List<String> withEnds(List<String> lines) {
    var all = new ArrayList<>(lines);
    for (int partition = 0; partition < PipelineOutput.PARTITIONS; partition++) {
      all.add("end end");
    }
    return all;
  }

  private static void assertExact(List<String> expected, List<String> read) {
    assertThat(ReadOnce.compare(expected, read)).isEqualTo(new ReadOnce(List.of(), List.of()));
  }

  private static void assertTheCheckCanFail(
      List<String> expected, List<String> read, PipelineOutput output) {
    var doubled = new ArrayList<>(read);
    doubled.add(read.get(read.size() / 2));
    assertThat(ReadOnce.compare(expected, doubled).isExact()).isFalse();
    // The topic holds what only a reader of committed records leaves out.
    var surplus = ReadOnce.compare(expected, output.uncommitted()).surplus();
    assertThat(surplus).as("what was never committed").contains("stranger 1");
    assertThat(surplus.stream().anyMatch(line -> line.startsWith("k")))
        .as("the job itself has left uncommitted records in the topic")
        .isEqualTo(output.writesBeforeTheCheckpoint());
  }
}
