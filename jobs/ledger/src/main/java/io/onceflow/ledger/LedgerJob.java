package io.onceflow.ledger;

import java.time.Duration;
import org.apache.flink.api.common.functions.FlatMapFunction;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.api.connector.sink2.Sink;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.datastream.SingleOutputStreamOperator;
import org.apache.flink.util.Collector;

/**
 * The topology of the ledger job; it knows no vendor.
 *
 * <pre>
 *   commands - keyBy(group) - execute-commands -+- sink-tables   (transfers, accounts, results: one epoch)
 *                                               +- select-results - sink-results
 * </pre>
 */
public final class LedgerJob {

  /** The operator that holds the ledger's state. */
  public static final String EXECUTE_UID = "execute-commands";

  /** Picks the results for their topic. */
  public static final String SELECT_RESULTS_UID = "select-results";

  /** The sink of all three tables. */
  public static final String TABLES_UID = "sink-tables";

  /** The sink of the results topic. */
  public static final String RESULTS_UID = "sink-results";

  private LedgerJob() {}

  /**
   * Defines the steps from decoded commands to the sinks.
   *
   * @param commands decoded, each group in the order of its partition
   * @param idRetention how long ids are remembered in log time; zero = for ever
   * @param outputs where the rows go
   */
  public static void define(DataStream<Command> commands, Duration idRetention, Outputs outputs) {
    SingleOutputStreamOperator<LedgerOutput> rows =
        commands
            .keyBy(Command::group, Types.STRING)
            .transform("execute commands", LedgerTypes.OUTPUT, new LedgerOperator(idRetention))
            .uid(EXECUTE_UID);
    rows.sinkTo(outputs.tables()).name("tables").uid(TABLES_UID);
    rows.flatMap(new SelectResults())
        .returns(LedgerTypes.RESULT)
        .name("select results")
        .uid(SELECT_RESULTS_UID)
        .sinkTo(outputs.results())
        .name("results")
        .uid(RESULTS_UID);
  }

  /**
   * Where the rows go.
   *
   * @param tables takes the rows of all tables and commits them together
   * @param results takes the results once more, for those who wait for them
   */
  public record Outputs(Sink<LedgerOutput> tables, Sink<ResultRow> results) {}

  /** Lets results pass. */
  static final class SelectResults implements FlatMapFunction<LedgerOutput, ResultRow> {

    private static final long serialVersionUID = 1L;

    @Override
    public void flatMap(LedgerOutput row, Collector<ResultRow> out) {
      if (row instanceof ResultRow result) {
        out.collect(result);
      }
    }
  }
}
