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
    var name = "%s-%s".formatted(kind.text(), place);
    scene.begun(place);
    scene.control().begin(name, trouble);
    try {
      scene.hold(lasting);
    } finally {
      scene.control().end(name);
    }
    return Outcome.injected(text());
  }
}
