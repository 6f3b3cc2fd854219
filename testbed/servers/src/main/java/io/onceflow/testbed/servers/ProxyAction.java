package io.onceflow.testbed.servers;

/** What a {@link TcpProxy} does when a trigger sees what it waits for. */
public sealed interface ProxyAction {

  /**
   * Cuts the connection before the bytes are forwarded: the request never happened.
   *
   * @param cut how the connection ends
   */
  record LoseRequest(TcpProxy.Cut cut) implements ProxyAction {}

  /**
   * Forwards the bytes, drops what the other side answers up to and including {@code endOfReply},
   * then cuts the connection: the request was carried out and its sender does not learn of it.
   *
   * @param endOfReply what ends the reply; empty for its first byte
   * @param cut how the connection ends
   */
  record LoseReply(BytePattern endOfReply, TcpProxy.Cut cut) implements ProxyAction {}

  /**
   * Runs code before the bytes are forwarded, on the connection's thread.
   *
   * @param code for example {@code server::kill}
   */
  record RunBefore(Runnable code) implements ProxyAction {}

  /**
   * Runs code after the bytes were handed to the operating system, on the connection's thread.
   *
   * @param code for example {@code server::pause}
   */
  record RunAfter(Runnable code) implements ProxyAction {}

  static ProxyAction loseRequest() {
    return new LoseRequest(TcpProxy.Cut.RST);
  }

  /** Loses the reply from its first byte on; right where a request has one reply. */
  static ProxyAction loseReply() {
    return loseReplyUpTo(new byte[0]);
  }

  static ProxyAction loseReplyUpTo(byte[] endOfReply) {
    return new LoseReply(new BytePattern(endOfReply), TcpProxy.Cut.RST);
  }

  static ProxyAction before(Runnable code) {
    return new RunBefore(code);
  }

  static ProxyAction after(Runnable code) {
    return new RunAfter(code);
  }
}
