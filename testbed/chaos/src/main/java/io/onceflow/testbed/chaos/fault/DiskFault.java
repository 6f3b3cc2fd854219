package io.onceflow.testbed.chaos.fault;

import io.onceflow.testbed.chaos.disk.DiskTrouble;
import java.time.Duration;

/**
 * The disk of checkpoints or segments is slow, full or broken.
 *
 * @param place what is on that disk, for people
 * @param trouble what is wrong, and where
 */
public record DiskFault(FaultKind kind, String place, DiskTrouble trouble, Duration lasting)
    implements Fault {

  @Override
  public String text() {
    return "%s %s for %d ms%s"
        .formatted(
            place,
            trouble.mode(),
            lasting.toMillis(),
            trouble.delay().isZero()
                ? ""
                : ", %d ms each access".formatted(trouble.delay().toMillis()));
  }

  @Override
  public Outcome strike(Scene scene) throws InterruptedException {
    // A name of its own, so that what met an earlier trouble is no evidence of this one.
    var name = "%s-%s-%d".formatted(kind.text(), place, System.nanoTime());
    scene.begun(place);
    scene.control().begin(name, trouble);
    try {
      scene.hold(lasting);
    } finally {
      scene.control().end(name);
    }
    return scene.control().isTouched(name)
        ? Outcome.injected("%s", text())
        : new Outcome.ArmedNotHit(text() + ", no access came by");
  }
}
