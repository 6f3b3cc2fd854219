package io.onceflow.tool;

import io.onceflow.common.commit.inspect.Actor;
import java.util.UUID;

/** One run of one command, as audit rows and the stores name it. */
final class ToolRun {

  private ToolRun() {}

  /** A name that nobody had before: a store never lets a run that was replaced come back. */
  static Actor newActor() {
    return new Actor(
        Liveness.RESOLVER + UUID.randomUUID(), System.getProperty("user.name", "unknown"));
  }
}
