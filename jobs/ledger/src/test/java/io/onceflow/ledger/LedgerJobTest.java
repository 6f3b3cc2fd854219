package io.onceflow.ledger;

import static org.assertj.core.api.Assertions.assertThat;

import io.onceflow.common.source.DecodeException;
import io.onceflow.ledger.model.CommandGenerator;
import io.onceflow.ledger.model.Mix;
import io.onceflow.ledger.model.ReferenceLedger;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.UUID;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.PipelineOptions;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.junit.jupiter.api.Test;

class LedgerJobTest {

  @Test
  void theJobWritesWhatTheModelExpectsWithoutGenericTypesAndGeneratedUids() throws Exception {
    Configuration configuration = new Configuration();
    configuration.set(PipelineOptions.GENERIC_TYPES, false);
    configuration.set(PipelineOptions.AUTO_GENERATE_UIDS, false);
    StreamExecutionEnvironment env =
        StreamExecutionEnvironment.createLocalEnvironment(2, configuration);
    List<Command> commands = commands();
    DataStream<Command> stream =
        env.fromData(commands, LedgerTypes.COMMAND)
            .setParallelism(1)
            .uid("source-commands")
            .name("commands");
    CollectSink<LedgerOutput> tables = new CollectSink<>("tables-" + UUID.randomUUID());
    CollectSink<ResultRow> results = new CollectSink<>("results-" + UUID.randomUUID());
    LedgerJob.define(stream, Duration.ZERO, new LedgerJob.Outputs(tables, results));
    env.execute("ledger");

    ReferenceLedger model = new ReferenceLedger();
    List<ResultRow> expected = new ArrayList<>();
    commands.forEach(command -> expected.addAll(model.execute(command)));
    assertThat(new HashSet<>(results.collected())).isEqualTo(new HashSet<>(expected));
    assertThat(tables.collected()).filteredOn(ResultRow.class::isInstance).hasSameSizeAs(expected);
    int postings = model.books().values().stream().mapToInt(book -> book.postings().size()).sum();
    assertThat(tables.collected()).filteredOn(TransferRow.class::isInstance).hasSize(postings);
    int accounts = model.books().values().stream().mapToInt(book -> book.accounts().size()).sum();
    assertThat(tables.collected()).filteredOn(AccountRow.class::isInstance).hasSize(accounts);
  }

  private static List<Command> commands() throws DecodeException {
    CommandGenerator generator = new CommandGenerator(3, Mix.usual(6, 20));
    CommandDecoder decoder = new CommandDecoder();
    List<Command> commands = new ArrayList<>();
    for (int offset = 0; offset < 5_000; offset++) {
      try {
        commands.add(decoder.decode(generator.next().at(0, offset)));
      } catch (DecodeException e) {
        assertThat(e.code()).isNotEmpty();
      }
    }
    return commands;
  }
}
