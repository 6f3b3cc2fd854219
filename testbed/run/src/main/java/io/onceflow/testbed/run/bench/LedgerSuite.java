package io.onceflow.testbed.run.bench;

import io.onceflow.common.source.DecodeException;
import io.onceflow.ledger.Command;
import io.onceflow.ledger.CommandDecoder;
import io.onceflow.ledger.LedgerOperatorBenchmark;
import io.onceflow.ledger.model.CommandGenerator;
import io.onceflow.ledger.model.Mix;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * Plain transfers per second of one core: the ledger's operator in Flink's harness on both state
 * backends, as {@link LedgerOperatorBenchmark} measures it, and a loop over hash maps. Commands are
 * decoded and accounts opened in advance; on both sides the transfers that were applied count. Time
 * is the thread's CPU time, so that other programs do not count.
 */
final class LedgerSuite {

  static final String NAME = "ledger";

  private static final int GROUPS = 4;
  private static final int MAX_ACCOUNTS = 10_000;

  /** The first commands open the accounts; they must stay the lesser part. */
  private static final int COMMANDS_PER_ACCOUNT = 20;

  /** Commands and the state of all transfers are in the heap at once. */
  private static final int MAX_COMMANDS = 1_000_000;

  /** A line that the operator's benchmark prints: mix, backend, rate. */
  private static final Pattern RATE =
      Pattern.compile("(?m)^transfers +(heap|rocksdb) +([\\d,]+) per (?:CPU )?second$");

  private final BenchSettings settings;
  private final Report report;
  private final Rates peer = new Rates();
  private final Map<String, Rates> operator = new LinkedHashMap<>();

  LedgerSuite(BenchSettings settings, Report report) {
    this.settings = settings;
    this.report = report;
  }

  void run() throws Exception {
    var count = (int) Math.min(settings.rows(), MAX_COMMANDS);
    var commands = commands(count);
    // Code that is compiled by now is what counts, here as there.
    plain(commands);
    for (var round = 1; round <= settings.repeat(); round++) {
      operator(count);
      peer.add(plain(commands));
      report.progress(
          "%s round %d, medians so far: hashmap %s, operator %s", NAME, round, peer, operator);
    }
    operator.forEach(
        (backend, rates) ->
            report.add(
                new BenchLine(
                    NAME, "operator-" + backend, rates.median(), "hashmap", peer.median())));
  }

  private static int accounts(int count) {
    return Math.max(2 * GROUPS, Math.min(MAX_ACCOUNTS, count / COMMANDS_PER_ACCOUNT));
  }

  private void operator(int count) throws Exception {
    var printed = new ByteArrayOutputStream();
    var before = System.out;
    try (var out = new PrintStream(printed, true, StandardCharsets.UTF_8)) {
      System.setOut(out);
      LedgerOperatorBenchmark.main(
          new String[] {Integer.toString(count), Integer.toString(accounts(count))});
    } finally {
      System.setOut(before);
    }
    var text = printed.toString(StandardCharsets.UTF_8);
    var rates = RATE.matcher(text);
    if (!rates.find()) {
      throw new IllegalStateException(
          "LedgerOperatorBenchmark printed no rate of plain transfers, but: " + text);
    }
    do {
      operator
          .computeIfAbsent(rates.group(1), backend -> new Rates())
          .add(Double.parseDouble(rates.group(2).replace(",", "")));
    } while (rates.find());
  }

  private static double plain(Command[] commands) {
    var ledger = new HashMapLedger();
    var opening = LedgerOperatorBenchmark.opening(commands);
    for (var i = 0; i < opening; i++) {
      ledger.execute(commands[i]);
    }
    var startedNs = ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
    for (var i = opening; i < commands.length; i++) {
      ledger.execute(commands[i]);
    }
    var usedNs = ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime() - startedNs;
    if (ledger.posted() == 0) {
      throw new IllegalStateException("Not one of %d commands posted.".formatted(commands.length));
    }
    return ledger.posted() * 1e9 / usedNs;
  }

  private Command[] commands(int count) throws DecodeException {
    var generator =
        new CommandGenerator(settings.seed(), Mix.transfersOnly(GROUPS, accounts(count) / GROUPS));
    var decoder = new CommandDecoder();
    var commands = new Command[count];
    for (var i = 0; i < count; i++) {
      commands[i] = decoder.decode(generator.next().at(0, i));
    }
    return commands;
  }
}
