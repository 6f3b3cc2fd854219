package io.onceflow.tool;

import io.onceflow.common.commit.StoreException;
import io.onceflow.common.commit.inspect.Actor;
import io.onceflow.common.commit.inspect.StoreInspector;
import java.io.IOException;
import java.util.concurrent.Callable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** What all commands share: a store, a place to print, an exit code. */
abstract class StoreCommand implements Callable<Integer> {

  @Spec private CommandSpec spec;
  @Mixin private StoreOptions options = new StoreOptions();
  private final Actor actor = ToolRun.newActor();

  @Override
  public final Integer call() throws StoreException, IOException {
    try (var inspector = options.open()) {
      return run(inspector, new Printer(spec.commandLine().getOut(), options.json())).number();
    }
  }

  StoreOptions options() {
    return options;
  }

  /** In whose name this run of the command acts. */
  Actor actor() {
    return actor;
  }

  /** Does what the command is for. */
  abstract ExitCode run(StoreInspector inspector, Printer printer)
      throws StoreException, IOException;
}
