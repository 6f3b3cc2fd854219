package io.onceflow.common.source.rabbitmq;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.onceflow.common.config.RabbitMqConfig;
import io.onceflow.common.config.Secret;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.apache.flink.api.common.RuntimeExecutionMode;
import org.apache.flink.api.connector.source.Boundedness;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.ExecutionOptions;
import org.apache.flink.connector.testutils.source.reader.TestingSplitEnumeratorContext;
import org.apache.flink.util.InstantiationUtil;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What is refused when a source is built, and who reads what. */
class RabbitMqSourcesTest {

  private static final RabbitMqConfig SERVER =
      RabbitMqConfig.loopback(5672, 5552, "guest", Secret.fromEnv("PASSWORD"));

  private static Configuration every(Duration interval) {
    return new Configuration().set(CheckpointingOptions.CHECKPOINTING_INTERVAL, interval);
  }

  private static RabbitMqQueueSource.Builder queues() {
    return RabbitMqQueueSource.builder(SERVER)
        .queues("a", "b")
        .checkpointsOf(every(Duration.ofSeconds(10)));
  }

  @Test
  void aSourceIsSerializableAndKnowsItsBounds() throws Exception {
    assertThat(InstantiationUtil.clone(queues().bounded().build()).getBoundedness())
        .isEqualTo(Boundedness.BOUNDED);
    var streams = RabbitMqStreamSource.builder(SERVER).streams("s").build();
    assertThat(InstantiationUtil.clone(streams).getBoundedness())
        .isEqualTo(Boundedness.CONTINUOUS_UNBOUNDED);
  }

  @Test
  void queuesWithoutCheckpointsAreRefused() {
    var builder = RabbitMqQueueSource.builder(SERVER).queues("a");
    assertThatThrownBy(builder::build).hasMessageContaining("call queues and checkpointsOf");
    assertThatThrownBy(() -> builder.checkpointsOf(new Configuration()))
        .hasMessageContaining("set execution.checkpointing.interval");
    var batch =
        every(Duration.ofSeconds(1)).set(ExecutionOptions.RUNTIME_MODE, RuntimeExecutionMode.BATCH);
    assertThatThrownBy(() -> builder.checkpointsOf(batch))
        .hasMessageContaining("leave execution.runtime-mode at STREAMING");
  }

  @Test
  void checkpointsThatComeTooLateForTheServerAreRefused() {
    var builder =
        RabbitMqQueueSource.builder(SERVER)
            .queues("a")
            .checkpointsOf(every(Duration.ofMinutes(20)));
    assertThatThrownBy(builder::build)
        .hasMessageContaining("too late for a consumer_timeout of PT30M");
    assertThat(builder.consumerTimeout(Duration.ofHours(1)).build()).isNotNull();
  }

  @Test
  void aPrefetchThatStarvesIsRefusedAndOneThatFitsIsChosen() {
    assertThatThrownBy(() -> queues().expectedRate(1_000).prefetch(19_999).build())
        .hasMessageContaining("A prefetch of 19999 starves a queue of 1000 messages/s")
        .hasMessageContaining("it needs 20000");
    assertThat(queues().expectedRate(1_000).build()).isNotNull();
    assertThatThrownBy(() -> queues().expectedRate(1_000).window(19_999).build())
        .as("the prefetch was raised to what the rate needs")
        .hasMessageContaining("not between the prefetch, 20000,");
    assertThatThrownBy(() -> queues().expectedRate(4_000).build())
        .hasMessageContaining("spread the messages over more queues");
  }

  @ParameterizedTest
  @CsvSource({"0", "-1", "65536"})
  void aPrefetchOutsideOfTheProtocolIsRefused(int prefetch) {
    assertThatThrownBy(() -> queues().prefetch(prefetch))
        .hasMessageContaining("is not between 1 and 65535");
  }

  @Test
  void streamsNeedNamesAndAPort() {
    assertThatThrownBy(() -> RabbitMqStreamSource.builder(SERVER).build())
        .hasMessageContaining("call streams");
    var without = RabbitMqConfig.loopback(5672, 0, "guest", Secret.fromEnv("PASSWORD"));
    assertThatThrownBy(() -> RabbitMqStreamSource.builder(without).streams("s").build())
        .hasMessageContaining("set stream-port");
    assertThatThrownBy(() -> StreamStart.offset(-1)).hasMessageContaining("it is negative");
  }

  private static Map<Integer, List<String>> assigned(
      TestingSplitEnumeratorContext<StreamSplit> context) {
    var names = new TreeMap<Integer, List<String>>();
    context
        .getSplitAssignments()
        .forEach(
            (reader, state) ->
                names.put(
                    reader, state.getAssignedSplits().stream().map(StreamSplit::stream).toList()));
    return names;
  }

  private static List<StreamSplit> splits(String... names) {
    return Arrays.stream(names).map(name -> StreamSplit.untouched(name, false)).toList();
  }

  @Test
  void splitsAreDealtRoundToTheReadersThatAreThere() throws Exception {
    var context = new TestingSplitEnumeratorContext<StreamSplit>(2);
    var enumerator =
        new FixedSplitEnumerator<>(context, splits("c", "a", "b"), AssignedSplits.none(), true);
    enumerator.start();
    context.registerReader(0, "host");
    enumerator.addReader(0);
    assertThat(assigned(context)).containsExactly(Map.entry(0, List.of("a", "c")));
    context.registerReader(1, "host");
    enumerator.addReader(1);
    assertThat(assigned(context).get(1)).containsExactly("b");
    assertThat(context.getSplitAssignments().get(1).hasReceivedNoMoreSplitsSignal()).isTrue();
    assertThat(enumerator.snapshotState(1).names()).containsExactlyInAnyOrder("a", "b", "c");
    enumerator.close();
  }

  @Test
  void whatACheckpointHoldsIsNotDealtAgainAndWhatComesBackIs() throws Exception {
    var context = new TestingSplitEnumeratorContext<StreamSplit>(1);
    var enumerator =
        new FixedSplitEnumerator<>(
            context, splits("a", "b"), new AssignedSplits(Set.of("a")), false);
    context.registerReader(0, "host");
    enumerator.addReader(0);
    assertThat(assigned(context).get(0)).containsExactly("b");
    var back = new StreamSplit("b", 5, StreamSplit.UNBOUNDED);
    enumerator.addSplitsBack(List.of(back), 0);
    assertThat(context.getSplitAssignments().get(0).getAssignedSplits()).contains(back);
    enumerator.close();
  }
}
