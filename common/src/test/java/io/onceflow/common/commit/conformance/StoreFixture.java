package io.onceflow.common.commit.conformance;

import java.util.List;

/**
 * What the suite has to know of a store. One object per test class; its constructor starts what all
 * its tests share. All calls come from the test's thread, one after the other, except those of
 * {@link TestTargets}.
 */
public interface StoreFixture extends AutoCloseable {

  /** Makes empty targets that no other test sees, with nothing of any sink in them. */
  TestTargets newTargets() throws Exception;

  /** Whether the store takes {@link TestRow.Balance} rows. */
  boolean hasUpserts();

  /**
   * An event that the store can never accept, by its encoder or by its server. Its memo starts with
   * {@code canary}.
   */
  TestRow badRow(long id);

  /** A balance that the store can never accept, or null when there is none. */
  default TestRow badUpsert(long id) {
    return null;
  }

  /**
   * How many checkpoint ids back a marker is kept at least; {@link Long#MAX_VALUE} when markers are
   * never pruned.
   */
  long markersKept();

  /** Ways to spoil the targets that the preflight must report, all at the same time. */
  List<Breakage> breakages(TestTargets targets);

  /** What no message may contain: passwords and the like. */
  List<String> secrets();

  @Override
  void close();

  /**
   * Something that is wrong with the targets.
   *
   * @param spoil makes it wrong
   * @param said what the message must contain for it
   */
  record Breakage(Spoiling spoil, String said) {}

  /** Makes something wrong. */
  interface Spoiling {
    /** Spoils it. */
    void run() throws Exception;
  }
}
