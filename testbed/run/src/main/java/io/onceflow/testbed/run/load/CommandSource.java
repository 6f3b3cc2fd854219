package io.onceflow.testbed.run.load;

import java.io.Closeable;
import java.io.IOException;

/** Gives commands one after the other. Used by one thread. */
public interface CommandSource {

  /** The next command, or null when there is none left. */
  Input next() throws IOException;

  /**
   * One record to be sent.
   *
   * @param group the record's key, or null when it is not known
   * @param partition where it goes; all records of a group go to one partition
   * @param json the record's value; may be anything, also nothing that can be decoded
   * @param meant what its maker wants to become of it
   */
  record Input(String group, int partition, byte[] json, Meant meant) {}

  /** What the maker of a record knows of it, whatever a decoder says. */
  enum Meant {
    /** It has to be executed, with success or not. */
    WELL_FORMED,
    /** It has to become a dead letter. */
    MALFORMED,
    /** It is a user's own. */
    UNKNOWN
  }

  /** A source and what is closed with it. */
  final class Closing implements CommandSource, Closeable {
    private final CommandSource source;
    private final Closeable resource;

    private Closing(CommandSource source, Closeable resource) {
      this.source = source;
      this.resource = resource;
    }

    /** Pairs them. */
    public static Closing of(CommandSource source, Closeable resource) {
      return new Closing(source, resource);
    }

    @Override
    public Input next() throws IOException {
      return source.next();
    }

    @Override
    public void close() throws IOException {
      resource.close();
    }
  }
}
