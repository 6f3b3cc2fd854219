package io.onceflow.ledger.model;

import io.onceflow.common.source.DecodeException;
import io.onceflow.common.source.RawRecord;
import io.onceflow.ledger.Command;
import io.onceflow.ledger.CommandDecoder;
import io.onceflow.ledger.ResultRow;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * The ledger once more, written for being right and nothing else: from {@code docs/ledger.md}, with
 * unbounded numbers, the bodies of all commands kept, and an undo list for chains. It reads
 * commands, derives the ids of expiries and knows the meaning of results by itself. What it shares
 * with the job are the types of commands and results and the flags of accounts, and the job's
 * {@link CommandDecoder} decides whether a record is a command at all, which has tests of its own.
 */
public final class ReferenceLedger {

  private final CommandDecoder decoder;
  private final Duration idRetention;
  private final Map<String, ReferenceBook> books = new TreeMap<>();

  /** A model that keeps ids for ever. */
  public ReferenceLedger() {
    this(Duration.ZERO);
  }

  /** A model for a job with this id retention. */
  public ReferenceLedger(Duration idRetention) {
    this.idRetention = idRetention;
    this.decoder = new CommandDecoder(CommandDecoder.DEFAULT_MAX_BYTES, !idRetention.isZero());
  }

  /**
   * Executes a record as the model reads it; empty when the job's decoder refuses it and so it
   * belongs into the dead letters.
   */
  public Optional<List<ResultRow>> accept(RawRecord record) {
    try {
      decoder.decode(record);
    } catch (DecodeException e) {
      return Optional.empty();
    }
    return Optional.of(execute(CommandJson.read(record)));
  }

  /** Executes a command, right or wrong, and returns its results, one per leg. */
  public List<ResultRow> execute(Command command) {
    return books
        .computeIfAbsent(command.group(), group -> new ReferenceBook(idRetention.toMillis()))
        .execute(command);
  }

  /** The books by group. */
  public Map<String, ReferenceBook> books() {
    return books;
  }
}
