package io.onceflow.common.commit.simulation;

import io.onceflow.common.commit.CommitStrategy;
import java.util.SplittableRandom;

/**
 * What a seed makes of a simulation.
 *
 * @param strategy how rows wait
 * @param threePhase whether a register decides
 * @param sinks sinks of each job
 * @param regions whether each sink has a source of its own and fails alone
 * @param writers writers of each sink
 * @param inputs numbers that the source holds
 * @param steps events before the faults end
 * @param faultPercent chance that a request or an answer is lost
 * @param zombiePercent chance that a task which was given up goes on
 * @param submissions jobs that the operator starts at most before the end
 * @param byHand whether an administrator rolls back what is prepared
 * @param calm how much more likely than a fault it is that the job gets on
 * @param fine whether tasks may also stop at crash points, not only at requests
 */
record Plan(
    CommitStrategy strategy,
    boolean threePhase,
    int sinks,
    boolean regions,
    int writers,
    int inputs,
    int steps,
    int faultPercent,
    int zombiePercent,
    int submissions,
    boolean byHand,
    int calm,
    boolean fine) {

  static Plan draw(SplittableRandom random) {
    var protocol = random.nextInt(4);
    var sinks = 1 + random.nextInt(2);
    return new Plan(
        protocol == 0 ? CommitStrategy.STAGED : CommitStrategy.PREPARED,
        protocol >= 2,
        sinks,
        sinks > 1 && random.nextInt(3) == 0,
        1 + random.nextInt(2),
        4 + random.nextInt(16),
        40 + random.nextInt(160),
        random.nextInt(3) * 3,
        random.nextInt(3) * 40,
        1 + random.nextInt(4),
        random.nextInt(6) == 0,
        1 + random.nextInt(12),
        random.nextInt(4) == 0);
  }
}
