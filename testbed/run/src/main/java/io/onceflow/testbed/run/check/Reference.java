package io.onceflow.testbed.run.check;

import io.onceflow.common.source.DecodeException;
import io.onceflow.common.source.RawRecord;
import io.onceflow.ledger.CommandDecoder;
import io.onceflow.ledger.ResultRow;
import io.onceflow.ledger.model.ReferenceBook;
import io.onceflow.ledger.model.ReferenceLedger;
import java.util.List;
import java.util.Map;

/**
 * Says what every record must have led to, by the reference ledger, which reads the commands by
 * itself; the job's decoder only gives the reason of a refusal. It is given the records of one
 * partition in their order. Used by one thread.
 */
final class Reference {

  private final CommandDecoder decoder = new CommandDecoder();
  private final ReferenceLedger ledger = new ReferenceLedger();

  /** What must have become of a record. */
  sealed interface Outcome {

    /**
     * It was executed.
     *
     * @param lines one per leg, in order
     */
    record Executed(List<ResultLine> lines) implements Outcome {}

    /**
     * It could not be decoded.
     *
     * @param code the reason
     */
    record Refused(String code) implements Outcome {}
  }

  Outcome execute(RawRecord message) {
    try {
      decoder.decode(message);
    } catch (DecodeException e) {
      return new Outcome.Refused(e.code());
    }
    return new Outcome.Executed(
        ledger.accept(message).orElseThrow().stream().map(Reference::line).toList());
  }

  /** Accounts and journal by group, groups in order. */
  Map<String, ReferenceBook> books() {
    return ledger.books();
  }

  private static ResultLine line(ResultRow row) {
    return new ResultLine(
        row.leg(),
        row.group(),
        row.id(),
        row.account(),
        row.result().text(),
        row.seq(),
        row.logTimeMs());
  }
}
