package io.onceflow.common.commit.conformance;

import io.onceflow.testbed.servers.TcpProxy;

/** A store whose server is a process of its own, reached over the network. */
public interface ServerFixture extends StoreFixture {

  /** What lies between the store and its server: all the store's connections pass it. */
  TcpProxy proxy();

  /** Kills the server as a power cut does ({@code kill -9}). */
  void killServer();

  /** Starts the killed server again over the same data; returns when it answers. */
  void restartServer();
}
