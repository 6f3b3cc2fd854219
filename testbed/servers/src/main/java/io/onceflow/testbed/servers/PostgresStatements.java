package io.onceflow.testbed.servers;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Reads which statements a client executes out of what it sends to PostgreSQL (protocol 3.0).
 *
 * <p>Looking for the text is not enough: drivers parse a statement once under a name, later ones
 * say only "bind S_1, execute", and the word COMMIT is not on the wire any more. So the names are
 * followed here, for the simple protocol (Query) and the extended one (Parse, Bind, Execute).
 *
 * <p>Bodies are read up to {@value #BODY_LIMIT} bytes, so that COPY data and long parameters are
 * skipped; a statement longer than that appears cut. Unencrypted connections only. Not thread-safe.
 */
final class PostgresStatements implements StatementReader {
  /** The backend's ReadyForQuery, which ends every reply, up to the transaction status. */
  private static final byte[] READY_FOR_QUERY = {'Z', 0, 0, 0, 5};

  private static final int BODY_LIMIT = 16_384;
  private static final int SSL_REQUEST = 80_877_103;
  private static final int GSS_REQUEST = 80_877_104;
  private static final int LENGTH_BYTES = 4;

  private final Map<String, String> statements = new HashMap<>();
  private final Map<String, String> portals = new HashMap<>();
  private final ByteBuffer header = ByteBuffer.allocate(1 + LENGTH_BYTES);
  private final ByteBuffer body = ByteBuffer.allocate(BODY_LIMIT);
  private boolean startingUp = true;
  private char type;
  private int bodyMissing = -1;

  PostgresStatements() {
    expectHeader();
  }

  /** Takes the next bytes and returns the statements whose execution they complete. */
  @Override
  public List<String> executedIn(byte[] bytes, int length) {
    List<String> executed = new ArrayList<>();
    ByteBuffer input = ByteBuffer.wrap(bytes, 0, length);
    while (input.hasRemaining()) {
      if (bodyMissing < 0) {
        header.put(input.get());
        if (!header.hasRemaining()) {
          expectBody();
        }
      } else {
        takeBody(input);
      }
      if (bodyMissing == 0) {
        finishMessage(executed);
        expectHeader();
      }
    }
    return executed;
  }

  @Override
  public byte[] endOfReply() {
    return READY_FOR_QUERY.clone();
  }

  private void expectHeader() {
    bodyMissing = -1;
    // The first messages of a connection have no type byte.
    header.clear().limit(startingUp ? LENGTH_BYTES : 1 + LENGTH_BYTES);
    body.clear();
  }

  private void expectBody() {
    header.flip();
    type = startingUp ? 0 : (char) header.get();
    bodyMissing = Math.max(0, header.getInt() - LENGTH_BYTES);
  }

  private void takeBody(ByteBuffer input) {
    int taken = Math.min(input.remaining(), bodyMissing);
    int kept = Math.min(taken, body.remaining());
    body.put(body.position(), input.array(), input.position(), kept);
    body.position(body.position() + kept);
    input.position(input.position() + taken);
    bodyMissing -= taken;
  }

  private void finishMessage(List<String> executed) {
    body.flip();
    if (startingUp) {
      int code = body.remaining() >= LENGTH_BYTES ? body.getInt() : 0;
      startingUp = code == SSL_REQUEST || code == GSS_REQUEST;
      return;
    }
    switch (type) {
      case 'Q' -> executed.add(text());
      case 'P' -> statements.put(text(), text());
      case 'B' -> portals.put(text(), statements.getOrDefault(text(), ""));
      case 'E' -> executed.add(portals.getOrDefault(text(), ""));
      default -> {
        // Everything else executes nothing.
      }
    }
  }

  private String text() {
    int start = body.position();
    while (body.hasRemaining()) {
      if (body.get() == 0) {
        return decode(start, body.position() - 1);
      }
    }
    return decode(start, body.position());
  }

  private String decode(int start, int end) {
    return new String(body.array(), start, end - start, StandardCharsets.UTF_8);
  }
}
