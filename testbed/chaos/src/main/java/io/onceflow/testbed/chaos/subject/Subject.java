package io.onceflow.testbed.chaos.subject;

import io.onceflow.testbed.chaos.check.Checks;
import io.onceflow.testbed.chaos.truth.EventSender;
import io.onceflow.testbed.chaos.truth.TruthLog;
import io.onceflow.testbed.servers.ServerProcess;
import io.onceflow.testbed.servers.TcpProxy;
import java.io.IOException;
import java.util.List;

/**
 * What a campaign is about: a store behind a proxy, and the way it is written to. Made by {@link
 * Subjects}; closing it ends the store and the proxy. Not thread-safe.
 */
public interface Subject extends AutoCloseable {

  /** {@code store-strategy}, such as {@code postgres-staged}, or {@code postgres-peer}. */
  String name();

  /** Whether the sink is Flink's own. */
  boolean isPeer();

  /** Makes fresh topics, and a fresh database or output topics, for a block. */
  void prepare(Block block) throws Exception;

  /** The main class of the job. */
  String mainClass();

  /** The arguments of the job; they lead through the proxy. */
  List<String> jobArguments(Block block);

  /** The server that is killed and paused. */
  ServerProcess store();

  /** The only way of the job to the store. */
  TcpProxy proxy();

  /** A new truth file for a block. */
  TruthLog truth(Block block) throws IOException;

  /** A sender for a block. */
  EventSender sender(Block block, TruthLog truth, long seed);

  /** The oracles for a block; they begin to watch at once. */
  Checks checks(Block block, TruthLog truth);

  @Override
  void close();
}
