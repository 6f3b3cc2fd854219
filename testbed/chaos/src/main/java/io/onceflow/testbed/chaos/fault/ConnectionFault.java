package io.onceflow.testbed.chaos.fault;

import io.onceflow.testbed.servers.TcpProxy;
import io.onceflow.testbed.servers.TcpProxy.Direction;
import java.time.Duration;

/** Faults of the connections between the job and the store. */
public sealed interface ConnectionFault extends Fault {

  /** All connections end at once; new ones are taken. */
  record Cut(FaultKind kind, TcpProxy.Cut how) implements ConnectionFault {
    @Override
    public String text() {
      return "by " + how;
    }

    @Override
    public Outcome strike(Scene scene) {
      int open = scene.proxy().connections();
      if (open == 0) {
        throw new NotInjectedException("No connection to the store was open.");
      }
      scene.begun(open + " connections");
      scene.proxy().cut(how);
      return Outcome.injected("%d connections by %s", open, how);
    }
  }

  /** Nothing listens, and what was connected is cut. */
  record Refuse(FaultKind kind, Duration lasting) implements ConnectionFault {
    @Override
    public String text() {
      return "for %d ms".formatted(lasting.toMillis());
    }

    @Override
    public Outcome strike(Scene scene) throws InterruptedException {
      int open = scene.proxy().connections();
      scene.begun("refused");
      scene.proxy().refuse();
      scene.proxy().cut(TcpProxy.Cut.RST);
      try {
        scene.hold(lasting);
      } finally {
        scene.proxy().heal();
      }
      // Nobody can tell whether a client has tried to connect; that some lost theirs is sure.
      return open == 0
          ? new Outcome.ArmedNotHit("No connection to the store was open.")
          : Outcome.injected("%d connections, %d ms", open, lasting.toMillis());
    }
  }

  /** Every piece takes longer. */
  record Delay(FaultKind kind, Direction direction, Duration each, Duration lasting)
      implements ConnectionFault {
    @Override
    public String text() {
      return "%s by %d ms for %d ms".formatted(direction, each.toMillis(), lasting.toMillis());
    }

    @Override
    public Outcome strike(Scene scene) throws InterruptedException {
      long before = scene.proxy().pieces(direction);
      scene.begun(direction.name());
      scene.proxy().delay(direction, each);
      try {
        scene.hold(lasting);
      } finally {
        scene.proxy().heal();
      }
      return met(scene, direction, before, text());
    }
  }

  /** One direction arrives nowhere; the other works. */
  record Lose(FaultKind kind, Direction direction, Duration lasting) implements ConnectionFault {
    @Override
    public String text() {
      return "%s for %d ms".formatted(direction, lasting.toMillis());
    }

    @Override
    public Outcome strike(Scene scene) throws InterruptedException {
      long before = scene.proxy().pieces(direction);
      scene.begun(direction.name());
      scene.proxy().swallow(direction);
      try {
        scene.hold(lasting);
      } finally {
        scene.proxy().heal();
      }
      return met(scene, direction, before, text());
    }
  }

  /** A direction in which nothing came by met no fault. */
  private static Outcome met(Scene scene, Direction direction, long before, String text) {
    long pieces = scene.proxy().pieces(direction) - before;
    return pieces == 0
        ? new Outcome.ArmedNotHit(text + ", nothing came by")
        : Outcome.injected("%s, %d pieces", text, pieces);
  }
}
