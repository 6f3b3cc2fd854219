package io.onceflow.testbed.run.load;

import io.onceflow.ledger.model.CommandGenerator;
import io.onceflow.ledger.model.GeneratedCommand;
import java.util.Comparator;
import java.util.PriorityQueue;
import java.util.SplittableRandom;

/**
 * The ledger's own generator, with some commands held back: a post may then overtake its pending
 * transfer, a transfer the opening of its account.
 */
public final class GeneratedSource implements CommandSource {

  private static final int MAX_DELAY = 100;

  private final CommandGenerator generator;
  private final int partitions;
  private final int delayedPerMille;
  private final SplittableRandom random;
  private final PriorityQueue<Held> held =
      new PriorityQueue<>(Comparator.comparingLong(Held::dueAt));
  private long position;

  private record Held(long dueAt, Input input) {}

  /** Takes over the generator. */
  public GeneratedSource(
      CommandGenerator generator, int partitions, int delayedPerMille, long seed) {
    this.generator = generator;
    this.partitions = partitions;
    this.delayedPerMille = delayedPerMille;
    this.random = new SplittableRandom(seed);
  }

  @Override
  public Input next() {
    while (true) {
      Held first = held.peek();
      if (first != null && first.dueAt <= position) {
        return held.remove().input;
      }
      Input input = generate();
      position++;
      if (random.nextInt(1000) >= delayedPerMille) {
        return input;
      }
      held.add(new Held(position + random.nextInt(MAX_DELAY), input));
    }
  }

  private Input generate() {
    GeneratedCommand command = generator.next();
    return new Input(
        command.group(),
        Partitions.of(command.group(), partitions),
        command.json(),
        command.wellFormed() ? Meant.WELL_FORMED : Meant.MALFORMED);
  }
}
