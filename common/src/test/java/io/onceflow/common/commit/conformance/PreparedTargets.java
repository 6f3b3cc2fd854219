package io.onceflow.common.commit.conformance;

import java.util.List;

/** Targets of a store with a real PREPARE. */
public interface PreparedTargets extends TestTargets {

  /** The server's own list of what is prepared, by whomever, in the server's own notation. */
  List<String> prepared() throws Exception;

  /**
   * Prepares transactions of others whose names resemble those of a sink: the same prefix without
   * the delimiter, a longer sink id other than {@code <sinkId>-b}, another case, no number at the
   * end, and if the server has one list for all databases, the sink's own name in another one.
   *
   * @return how {@link #prepared()} shows those that it shows
   */
  List<String> prepareForeign(String sinkId) throws Exception;

  /** Rolls back everything that is prepared. */
  void rollBackAll() throws Exception;
}
