package io.onceflow.testbed.servers;

/** Follows what a client of a database sends: its requests are statements. */
interface StatementReader extends ClientRequests {

  /** Returns what ends the reply to a statement; nothing where a reply has but one part. */
  byte[] endOfReply();
}
