package io.onceflow.testbed.servers;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * Reads which statements a client executes out of what it sends to MariaDB: the text of COM_QUERY,
 * which is how its driver sends every statement unless {@code useServerPrepStmts} is set. What a
 * server-side prepared statement executes is not followed: its number is given by the server.
 *
 * <p>A command begins with sequence number 0. So does every 256th packet of a file that LOAD DATA
 * LOCAL carries; those follow a packet with number 255.
 *
 * <p>Statements are read up to {@value #BODY_LIMIT} bytes. Unencrypted, uncompressed connections
 * only.
 */
final class MariaDbStatements implements StatementReader {
  private static final int BODY_LIMIT = 16_384;
  private static final int HEADER_BYTES = 4;
  private static final int COM_QUERY = 3;
  private static final int MAX_SEQUENCE = 255;

  private final byte[] header = new byte[HEADER_BYTES];
  private final ByteArrayOutputStream body = new ByteArrayOutputStream();
  private int headerLength;
  private int bodyMissing;
  private int sequence;
  private int previousSequence;

  @Override
  public List<String> executedIn(byte[] bytes, int length) {
    List<String> executed = new ArrayList<>();
    int position = 0;
    while (position < length) {
      if (headerLength < HEADER_BYTES) {
        header[headerLength++] = bytes[position++];
        if (headerLength == HEADER_BYTES) {
          beginBody();
        }
      } else {
        int taken = Math.min(length - position, bodyMissing);
        int kept = Math.min(taken, BODY_LIMIT - body.size());
        body.write(bytes, position, kept);
        position += taken;
        bodyMissing -= taken;
      }
      if (headerLength == HEADER_BYTES && bodyMissing == 0) {
        finishPacket(executed);
      }
    }
    return executed;
  }

  @Override
  public byte[] endOfReply() {
    return new byte[0];
  }

  private void beginBody() {
    bodyMissing = header[0] & 0xff | (header[1] & 0xff) << 8 | (header[2] & 0xff) << 16;
    sequence = header[3] & 0xff;
    body.reset();
  }

  private void finishPacket(List<String> executed) {
    byte[] packet = body.toByteArray();
    boolean isCommand = sequence == 0 && previousSequence != MAX_SEQUENCE;
    if (isCommand && packet.length > 0 && packet[0] == COM_QUERY) {
      executed.add(new String(packet, 1, packet.length - 1, StandardCharsets.UTF_8));
    }
    previousSequence = sequence;
    headerLength = 0;
  }
}
