package io.onceflow.common.source.rabbitmq;

import java.io.IOException;

/** Refuses state of a newer release. */
final class SplitVersions {

  private SplitVersions() {}

  static void check(String what, int found, int newest) throws IOException {
    if (found < 1 || found > newest) {
      throw new IOException(
          "%s was saved in version %d; this release reads versions 1 to %d: use the newer release."
              .formatted(what, found, newest));
    }
  }
}
