package io.onceflow.testbed.chaos.disk;

import java.io.IOException;
import org.apache.flink.core.fs.FSDataOutputStream;

/** A file being written, each write of which may go wrong. Used by one thread, as its delegate. */
final class ChaosOutputStream extends FSDataOutputStream {

  /** May throw in place of an access. */
  interface Access {
    void before() throws IOException;
  }

  private final FSDataOutputStream out;
  private final Access access;
  private final Runnable closed;
  private boolean open = true;

  ChaosOutputStream(FSDataOutputStream out, Access access, Runnable closed) {
    this.out = out;
    this.access = access;
    this.closed = closed;
  }

  @Override
  public void write(int b) throws IOException {
    access.before();
    out.write(b);
  }

  @Override
  public void write(byte[] bytes, int offset, int length) throws IOException {
    access.before();
    out.write(bytes, offset, length);
  }

  @Override
  public long getPos() throws IOException {
    return out.getPos();
  }

  @Override
  public void flush() throws IOException {
    out.flush();
  }

  @Override
  public void sync() throws IOException {
    access.before();
    out.sync();
  }

  @Override
  public void close() throws IOException {
    out.close();
    if (open) {
      open = false;
      closed.run();
    }
  }
}
