package io.onceflow.testbed.run.bench;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.postgresql.PGConnection;
import org.postgresql.copy.CopyIn;

/**
 * The upper bound: rows that were encoded before the clock started, sent by binary COPY over one
 * connection, one transaction per second. No Flink, no checkpoint, no guarantee.
 *
 * @param prepares whether each transaction is prepared and then committed by its id
 */
record BareCopyContender(boolean prepares) implements Contender {

  private static final String COPY =
      "COPY %s (%s) FROM STDIN (FORMAT binary)".formatted(Workload.TABLE, Workload.COLUMNS);
  private static final byte[] HEADER =
      "PGCOPY\n\377\r\n\0\0\0\0\0\0\0\0\0".getBytes(StandardCharsets.ISO_8859_1);
  private static final byte[] TRAILER = {(byte) 0xff, (byte) 0xff};
  private static final int ROW_BYTES = 2 + 4 * Integer.BYTES + 3 * Long.BYTES + 16;
  private static final int CHUNK_ROWS = 4_096;
  private static final long TRANSACTION_NS = TimeUnit.SECONDS.toNanos(1);
  private static final long MICROS_2000 = 946_684_800_000_000L;

  @Override
  public String name() {
    return prepares ? "bare-copy-prepare" : "bare-copy";
  }

  @Override
  public String settings() {
    return "one connection, rows encoded in advance";
  }

  @Override
  public Timing write(Workload workload, BenchDatabase database) throws SQLException {
    var chunks = encode(workload);
    var startedNs = System.nanoTime();
    try (var connection = database.server().connect(database.name())) {
      connection.setAutoCommit(false);
      send(connection, chunks);
    }
    var elapsedNs = System.nanoTime() - startedNs;
    return new Timing(workload.count(), workload.count(), elapsedNs, elapsedNs, true);
  }

  private void send(Connection connection, List<byte[]> chunks) throws SQLException {
    var copy = begin(connection);
    var begunNs = System.nanoTime();
    for (var chunk : chunks) {
      if (System.nanoTime() - begunNs > TRANSACTION_NS) {
        commit(connection, copy);
        copy = begin(connection);
        begunNs = System.nanoTime();
      }
      copy.writeToCopy(chunk, 0, chunk.length);
    }
    commit(connection, copy);
  }

  private static CopyIn begin(Connection connection) throws SQLException {
    var copy = connection.unwrap(PGConnection.class).getCopyAPI().copyIn(COPY);
    copy.writeToCopy(HEADER, 0, HEADER.length);
    return copy;
  }

  private void commit(Connection connection, CopyIn copy) throws SQLException {
    copy.writeToCopy(TRAILER, 0, TRAILER.length);
    copy.endCopy();
    if (prepares) {
      commitByName(connection);
    } else {
      connection.commit();
    }
  }

  private static void commitByName(Connection connection) throws SQLException {
    try (var statement = connection.createStatement()) {
      statement.execute("PREPARE TRANSACTION 'bare-copy'");
      connection.setAutoCommit(true);
      statement.execute("COMMIT PREPARED 'bare-copy'");
      connection.setAutoCommit(false);
    }
  }

  private static List<byte[]> encode(Workload workload) {
    var chunks = new ArrayList<byte[]>();
    for (var from = 0L; from < workload.count(); from += CHUNK_ROWS) {
      var to = Math.min(from + CHUNK_ROWS, workload.count());
      var chunk = ByteBuffer.allocate((int) (to - from) * ROW_BYTES);
      for (var number = from; number < to; number++) {
        put(chunk, workload.rows(), number);
      }
      chunks.add(chunk.array());
    }
    return chunks;
  }

  private static void put(ByteBuffer out, BenchRows rows, long number) {
    var note = rows.note(number).getBytes(StandardCharsets.ISO_8859_1);
    out.putShort((short) 4);
    out.putInt(Long.BYTES).putLong(rows.id(number));
    out.putInt(Long.BYTES).putLong(rows.amount(number));
    out.putInt(note.length).put(note);
    out.putInt(Long.BYTES).putLong(rows.at(number).toEpochMilli() * 1_000 - MICROS_2000);
  }
}
