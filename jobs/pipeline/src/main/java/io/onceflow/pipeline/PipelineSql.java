package io.onceflow.pipeline;

import org.apache.flink.api.common.functions.MapFunction;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.table.api.DataTypes;
import org.apache.flink.table.api.Schema;
import org.apache.flink.table.api.Table;
import org.apache.flink.table.api.bridge.java.StreamTableEnvironment;
import org.apache.flink.table.api.config.ExecutionConfigOptions;
import org.apache.flink.table.types.DataType;
import org.apache.flink.types.Row;

/**
 * The topology of the pipeline in SQL: a script defines the view {@value #OUTPUT} over the view
 * {@value #INPUT}, and both have the columns {@code record_key BYTES, x BIGINT NOT NULL, time_ms
 * BIGINT NOT NULL}. The function {@code times_two} is there.
 */
final class PipelineSql {

  static final String INPUT = "numbers";
  static final String OUTPUT = "doubled";

  private static final String[] COLUMNS = {"record_key", "x", "time_ms"};
  private static final DataType[] DATA_TYPES = {
    DataTypes.BYTES(), DataTypes.BIGINT().notNull(), DataTypes.BIGINT().notNull()
  };
  private static final TypeInformation<Row> ROW =
      Types.ROW_NAMED(COLUMNS, Types.PRIMITIVE_ARRAY(Types.BYTE), Types.LONG, Types.LONG);

  private PipelineSql() {}

  /**
   * Returns the rows of the script's view.
   *
   * @throws IllegalArgumentException when the script does not define that view, or with other
   *     columns
   */
  static DataStream<NumberRecord> define(
      StreamExecutionEnvironment env, DataStream<NumberRecord> numbers, SqlScript script) {
    StreamTableEnvironment tables = StreamTableEnvironment.create(env);
    // Without it the planner's operators have no uid, and a job of this bundle needs them all.
    tables
        .getConfig()
        .set(
            ExecutionConfigOptions.TABLE_EXEC_UID_GENERATION,
            ExecutionConfigOptions.UidGeneration.ALWAYS);
    tables.createTemporaryView(
        INPUT, numbers.map(new ToRow()).returns(ROW).name("to rows").uid("to-rows"), schema());
    tables.createTemporarySystemFunction("times_two", TimesTwo.class);
    script.statements().forEach(tables::executeSql);
    Table doubled = tables.from(OUTPUT);
    requireColumns(doubled);
    return tables
        .toDataStream(doubled)
        .map(new OfRow())
        .returns(NumberSerializer.TYPE)
        .name("of rows")
        .uid("of-rows");
  }

  private static Schema schema() {
    Schema.Builder schema = Schema.newBuilder();
    for (int i = 0; i < COLUMNS.length; i++) {
      schema.column(COLUMNS[i], DATA_TYPES[i]);
    }
    return schema.build();
  }

  private static void requireColumns(Table table) {
    var schema = table.getResolvedSchema();
    boolean same =
        schema.getColumnNames().equals(java.util.List.of(COLUMNS))
            && schema.getColumnDataTypes().equals(java.util.List.of(DATA_TYPES));
    if (!same) {
      throw new IllegalArgumentException(
          "its view %s must have the columns of %s, record_key BYTES, x BIGINT NOT NULL, time_ms BIGINT NOT NULL, and has %s"
              .formatted(OUTPUT, INPUT, schema));
    }
  }

  /** A record as the script sees it. */
  private static final class ToRow implements MapFunction<NumberRecord, Row> {

    private static final long serialVersionUID = 1L;

    @Override
    public Row map(NumberRecord record) {
      return Row.of(record.key(), record.number(), record.timestampMs());
    }
  }

  /** A row of the script as a record. */
  private static final class OfRow implements MapFunction<Row, NumberRecord> {

    private static final long serialVersionUID = 1L;

    @Override
    public NumberRecord map(Row row) {
      return new NumberRecord(
          (byte[]) row.getField(0), (long) row.getField(1), (long) row.getField(2));
    }
  }
}
