package io.onceflow.testbed.servers;

import java.util.List;

/** Follows what one client sends, in the protocol of one kind of server. Not thread-safe. */
interface ClientRequests {

  /** Takes the next bytes and returns the requests that they carry far enough to be known. */
  List<String> executedIn(byte[] bytes, int length);
}
