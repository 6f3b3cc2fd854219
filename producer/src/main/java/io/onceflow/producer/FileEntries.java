package io.onceflow.producer;

import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** What the frames of a file outbox hold. The first byte of a body says what follows. */
final class FileEntries {

  /** Version, producer, last number that was given, last number that was taken. */
  static final int HEADER = 1;

  /** A number and its message. */
  static final int ADDED = 2;

  /** Numbers with the times since when they are taken and final, 0 for not yet. */
  static final int STATE = 3;

  /** Numbers that are forgotten. */
  static final int DONE = 4;

  private static final int VERSION = 1;

  private FileEntries() {}

  /** The first frame of every file. */
  record Header(String producer, long lastSequence) {}

  /** What is known of a number besides its message. */
  record State(long sequence, long takenAtMs, long finalSinceMs) {}

  private interface Body {
    void write(DataOutputStream out) throws IOException;
  }

  private static byte[] body(int type, Body body) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    DataOutputStream out = new DataOutputStream(bytes);
    out.writeByte(type);
    body.write(out);
    return bytes.toByteArray();
  }

  static byte[] header(Header header) throws IOException {
    return body(
        HEADER,
        out -> {
          out.writeByte(VERSION);
          out.writeUTF(header.producer());
          out.writeLong(header.lastSequence());
        });
  }

  static Header readHeader(DataInputStream in) throws IOException {
    int version = in.readUnsignedByte();
    if (version != VERSION) {
      throw new IOException(
          "The outbox was written in version %d; this release reads version %d."
              .formatted(version, VERSION));
    }
    return new Header(in.readUTF(), in.readLong());
  }

  static byte[] added(long sequence, OutboxMessage message) throws IOException {
    return body(
        ADDED,
        out -> {
          out.writeLong(sequence);
          out.writeUTF(message.id());
          out.writeUTF(message.key());
          out.writeByte(message.priority());
          out.writeLong(message.eventTimeMs());
          out.writeInt(message.headers().size());
          for (Map.Entry<String, String> header : new TreeMap<>(message.headers()).entrySet()) {
            out.writeUTF(header.getKey());
            out.writeUTF(header.getValue());
          }
          out.writeInt(message.payload().length);
          out.write(message.payload());
        });
  }

  /** Behind the number. */
  static OutboxMessage readMessage(DataInputStream in) throws IOException {
    String id = in.readUTF();
    String key = in.readUTF();
    int priority = in.readUnsignedByte();
    long eventTimeMs = in.readLong();
    Map<String, String> headers = new HashMap<>();
    int count = in.readInt();
    for (int i = 0; i < count; i++) {
      headers.put(in.readUTF(), in.readUTF());
    }
    byte[] payload = new byte[in.readInt()];
    in.readFully(payload);
    return new OutboxMessage(id, key, priority, eventTimeMs, payload, headers);
  }

  static byte[] states(List<State> states) throws IOException {
    return body(
        STATE,
        out -> {
          out.writeInt(states.size());
          for (State state : states) {
            out.writeLong(state.sequence());
            out.writeLong(state.takenAtMs());
            out.writeLong(state.finalSinceMs());
          }
        });
  }

  static State readState(DataInputStream in) throws IOException {
    return new State(in.readLong(), in.readLong(), in.readLong());
  }

  static byte[] done(List<Long> sequences) throws IOException {
    return body(
        DONE,
        out -> {
          out.writeInt(sequences.size());
          for (long sequence : sequences) {
            out.writeLong(sequence);
          }
        });
  }
}
