package io.onceflow.testbed.run.bench;

import java.util.Locale;

/**
 * One comparison, in the form that scripts read.
 *
 * @param suite the suite
 * @param name the case, such as {@code append-pk}
 * @param onceflow rows per second
 * @param peer whom it is compared with
 * @param peerRate the peer's rows per second
 */
record BenchLine(String suite, String name, double onceflow, String peer, double peerRate) {

  @Override
  public String toString() {
    return String.format(
        Locale.ROOT,
        "BENCH %s %s onceflow=%d peer=%s:%d ratio=%.2f",
        suite,
        name,
        Math.round(onceflow),
        peer,
        Math.round(peerRate),
        onceflow / peerRate);
  }
}
