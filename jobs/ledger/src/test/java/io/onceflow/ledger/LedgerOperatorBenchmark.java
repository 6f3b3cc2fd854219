package io.onceflow.ledger;

import io.onceflow.common.source.DecodeException;
import io.onceflow.common.source.RawRecord;
import io.onceflow.ledger.OperatorHarness.Backend;
import io.onceflow.ledger.model.CommandGenerator;
import io.onceflow.ledger.model.Mix;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.Arrays;
import java.util.Locale;
import org.apache.flink.runtime.event.WatermarkEvent;
import org.apache.flink.streaming.api.operators.Output;
import org.apache.flink.streaming.api.watermark.Watermark;
import org.apache.flink.streaming.runtime.streamrecord.LatencyMarker;
import org.apache.flink.streaming.runtime.streamrecord.RecordAttributes;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.streaming.runtime.watermarkstatus.WatermarkStatus;
import org.apache.flink.util.OutputTag;

/**
 * Prints how many commands per CPU second one thread decodes, and how many transfers per CPU second
 * one operator subtask applies, without network, Kafka and sinks: what is left of a core when
 * everything else is free. The accounts are opened before the clock starts. Arguments: commands per
 * run (default 1,000,000; RocksDB gets the first 200,000), accounts (10,000).
 */
public final class LedgerOperatorBenchmark {

  private static final int GROUPS = 4;
  private static final int RUNS = 3;
  private static final int ROCKSDB_COMMANDS = 200_000;

  private LedgerOperatorBenchmark() {}

  /** Runs the benchmark. */
  public static void main(String[] args) throws Exception {
    int count = args.length > 0 ? Integer.parseInt(args[0]) : 1_000_000;
    int accounts = args.length > 1 ? Integer.parseInt(args[1]) : 10_000;
    measure("transfers", Mix.transfersOnly(GROUPS, accounts / GROUPS), count);
    measure("usual mix", Mix.usual(GROUPS, accounts / GROUPS), count);
  }

  private static void measure(String name, Mix mix, int count) throws Exception {
    RawRecord[] records = records(mix, count);
    for (int run = 0; run < RUNS; run++) {
      Command[] commands = decode(name, records);
      execute(name, Backend.HEAP, commands, commands.length);
      execute(name, Backend.ROCKSDB, commands, Math.min(commands.length, ROCKSDB_COMMANDS));
    }
  }

  private static RawRecord[] records(Mix mix, int count) {
    CommandGenerator generator = new CommandGenerator(1, mix);
    RawRecord[] records = new RawRecord[count];
    for (int i = 0; i < count; i++) {
      records[i] = generator.next().at(0, i);
    }
    return records;
  }

  private static Command[] decode(String name, RawRecord[] records) {
    CommandDecoder decoder = new CommandDecoder();
    Command[] commands = new Command[records.length];
    long start = cpuNanos();
    int decoded = 0;
    for (RawRecord record : records) {
      try {
        commands[decoded++] = decoder.decode(record);
      } catch (DecodeException e) {
        decoded--;
      }
    }
    print(name, "decode", records.length, cpuNanos() - start);
    return Arrays.copyOf(commands, decoded);
  }

  private static void execute(String name, Backend backend, Command[] commands, int count)
      throws Exception {
    long usedBefore = usedBytes(backend);
    Discard rows = new Discard();
    try (OperatorHarness subtask = new OperatorHarness(backend, Duration.ZERO, 1, 0, rows)) {
      subtask.open(null);
      int opening = opening(commands);
      if (opening >= count) {
        throw new IllegalArgumentException(
            "All of %d commands open accounts; ask for more commands or fewer accounts."
                .formatted(count));
      }
      for (int i = 0; i < opening; i++) {
        subtask.process(commands[i]);
      }
      long start = cpuNanos();
      for (int i = opening; i < count; i++) {
        subtask.process(commands[i]);
      }
      print(name, backend.name().toLowerCase(Locale.ROOT), rows.transfers, cpuNanos() - start);
      if (backend == Backend.HEAP) {
        long used = usedBytes(backend) - usedBefore;
        System.out.printf(
            Locale.ROOT,
            "  %d bytes of heap per command beside the id (only the first run tells)%n",
            used / count);
        long snapshot = System.nanoTime();
        subtask.snapshot(1);
        System.out.printf(
            Locale.ROOT, "  snapshot %.0f ms%n", (System.nanoTime() - snapshot) / 1e6);
      }
    }
  }

  /** How many commands at the start only open accounts; no transfer is among them. */
  public static int opening(Command[] commands) {
    int opening = 0;
    while (opening < commands.length
        && commands[opening].legs().get(0) instanceof Instruction.Open) {
      opening++;
    }
    return opening;
  }

  /**
   * The CPU time of this thread: what others do on the machine does not count. Neither do the
   * collector's threads.
   */
  private static long cpuNanos() {
    return ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
  }

  private static long usedBytes(Backend backend) {
    if (backend == Backend.HEAP) {
      System.gc();
    }
    Runtime runtime = Runtime.getRuntime();
    return runtime.totalMemory() - runtime.freeMemory();
  }

  private static void print(String name, String what, long count, long nanos) {
    System.out.printf(
        Locale.ROOT, "%-10s %-8s %,12.0f per CPU second%n", name, what, count * 1e9 / nanos);
  }

  /** An output that costs next to nothing. */
  private static final class Discard implements Output<StreamRecord<LedgerOutput>> {
    private long transfers;

    @Override
    public void collect(StreamRecord<LedgerOutput> row) {
      transfers += row.getValue() instanceof TransferRow ? 1 : 0;
    }

    @Override
    public <X> void collect(OutputTag<X> tag, StreamRecord<X> row) {}

    @Override
    public void emitWatermark(Watermark mark) {}

    @Override
    public void emitWatermarkStatus(WatermarkStatus status) {}

    @Override
    public void emitLatencyMarker(LatencyMarker marker) {}

    @Override
    public void emitRecordAttributes(RecordAttributes attributes) {}

    @Override
    public void emitWatermark(WatermarkEvent event) {}

    @Override
    public void close() {}
  }
}
