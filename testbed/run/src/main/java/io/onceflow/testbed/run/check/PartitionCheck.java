package io.onceflow.testbed.run.check;

import io.onceflow.common.source.RawRecord;
import io.onceflow.testbed.run.check.Mistakes.Kind;
import io.onceflow.testbed.run.load.CommandSource.Meant;
import java.io.IOException;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/**
 * Follows one partition of the input topic from the first record to the last and compares what
 * became of each with what the reference ledger says. One thread.
 */
final class PartitionCheck {

  private final int partition;
  private final Reference reference = new Reference();
  private final Outputs outputs;
  private final Mistakes mistakes;
  private long sent;
  private long committed;
  private long refused;

  /**
   * What the job wrote for this partition.
   *
   * @param rows {@code ledger.results}
   * @param topic the results topic
   * @param deadLetters the codes of the dead letters by offset
   */
  record Outputs(ResultCursor rows, OffsetTally topic, Map<Long, List<String>> deadLetters) {}

  PartitionCheck(int partition, Outputs outputs, Mistakes mistakes) {
    this.partition = partition;
    this.outputs = outputs;
    this.mistakes = mistakes;
  }

  long sent() {
    return sent;
  }

  long committed() {
    return committed;
  }

  long refused() {
    return refused;
  }

  Reference reference() {
    return reference;
  }

  /** Reads the partition; the input check sees the same records. */
  void run(PartitionReader input, InputCheck sentLog) throws IOException, SQLException {
    long next = 0;
    for (var message = input.next(); message != null; message = input.next()) {
      sent++;
      check(message, sentLog.take(message));
      next = message.offset() + 1;
    }
    sentLog.finish();
    outputs.rows.takeBefore(Long.MAX_VALUE).forEach(this::extra);
    long beyond = outputs.topic.countFrom(next);
    if (beyond > 0) {
      mistakes.add(
          Kind.EXTRA_RESULT,
          beyond,
          "results topic, partition " + partition + ", after the last command");
    }
    outputs.deadLetters.forEach(
        (offset, codes) ->
            mistakes.add(Kind.EXTRA_DEAD_LETTER, codes.size(), at(offset) + ": " + codes));
  }

  private void check(ConsumerRecord<byte[], byte[]> message, Meant meant) throws SQLException {
    long offset = message.offset();
    outputs.rows.takeBefore(offset).forEach(this::extra);
    List<ResultLine> rows = outputs.rows.take(offset);
    List<String> codes = outputs.deadLetters.remove(offset);
    requireMeant(offset, meant, codes);
    Reference.Outcome outcome =
        reference.execute(
            new RawRecord(
                message.topic(),
                partition,
                offset,
                message.timestamp(),
                message.key(),
                message.value()));
    if (outcome instanceof Reference.Outcome.Executed executed) {
      compare(offset, executed.lines(), rows);
      if (codes != null) {
        mistakes.add(
            Kind.EXTRA_DEAD_LETTER,
            codes.size(),
            at(offset) + " was executed, but is there as " + codes);
      }
    } else {
      compare(offset, List.of(), rows);
      compareDeadLetters(offset, ((Reference.Outcome.Refused) outcome).code(), codes);
    }
  }

  /** By what the generator knows, without the reference or a decoder. */
  private void requireMeant(long offset, Meant meant, List<String> codes) {
    if (meant == Meant.WELL_FORMED && codes != null) {
      mistakes.add(Kind.NOT_AS_MEANT, at(offset) + " is well-formed, but a dead letter: " + codes);
    } else if (meant == Meant.MALFORMED && codes == null) {
      mistakes.add(Kind.NOT_AS_MEANT, at(offset) + " is malformed, but no dead letter");
    }
  }

  private void compareDeadLetters(long offset, String code, List<String> codes) {
    if (codes == null) {
      mistakes.add(Kind.NO_DEAD_LETTER, at(offset) + ", " + code);
      return;
    }
    refused++;
    if (codes.size() > 1) {
      mistakes.add(Kind.EXTRA_DEAD_LETTER, codes.size() - 1L, at(offset) + ": " + codes);
    }
    if (!codes.contains(code)) {
      mistakes.add(
          Kind.WRONG_DEAD_LETTER, "%s is %s and must be %s".formatted(at(offset), codes, code));
    }
  }

  private void compare(long offset, List<ResultLine> expected, List<ResultLine> rows) {
    Map<Integer, ResultLine> byLeg = new HashMap<>();
    int extra = 0;
    for (ResultLine row : rows) {
      boolean again = byLeg.putIfAbsent(row.leg(), row) != null;
      if (again || row.leg() >= expected.size()) {
        extra++;
      }
    }
    int missing = 0;
    for (ResultLine line : expected) {
      ResultLine row = byLeg.get(line.leg());
      if (row == null) {
        missing++;
      } else if (!row.equals(line)) {
        mistakes.add(Kind.WRONG_RESULT, "%s is %s and must be %s".formatted(at(offset), row, line));
      }
    }
    compareTopic(offset, expected, missing, extra);
    if (missing == 0 && !expected.isEmpty()) {
      committed++;
    }
  }

  /** A line that is missing in both places, or there twice in both, counts once. */
  private void compareTopic(long offset, List<ResultLine> expected, int missing, int extra) {
    int surplus = outputs.topic.count(offset) - expected.size();
    int lost = Math.max(missing, -surplus);
    int again = Math.max(extra, surplus);
    if (lost > 0) {
      mistakes.add(
          Kind.NO_RESULT,
          lost,
          "%s lacks %d in ledger.results and %d in the results topic"
              .formatted(at(offset), missing, Math.max(0, -surplus)));
    }
    if (again > 0) {
      mistakes.add(
          Kind.EXTRA_RESULT,
          again,
          "%s has %d too many in ledger.results and %d in the results topic"
              .formatted(at(offset), extra, Math.max(0, surplus)));
    }
    long sum = expected.stream().mapToLong(ResultLine::fingerprint).sum();
    if (surplus == 0 && sum != outputs.topic.sum(offset)) {
      mistakes.add(Kind.WRONG_RESULT_RECORD, at(offset) + " must be " + expected);
    }
  }

  private void extra(String row) {
    mistakes.add(
        Kind.EXTRA_RESULT,
        "ledger.results, partition %d, %s: no such command".formatted(partition, row));
  }

  private String at(long offset) {
    return "partition %d offset %d".formatted(partition, offset);
  }
}
