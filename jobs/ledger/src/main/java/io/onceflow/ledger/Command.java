package io.onceflow.ledger;

import java.util.List;
import org.apache.flink.api.common.typeinfo.TypeInfo;

/**
 * One decoded record: a single instruction, or a chain of them that succeeds or fails as one.
 *
 * @param group the unit of order; {@code [a-z0-9-]{1,32}}
 * @param partition the Kafka partition it was read from
 * @param offset the offset in that partition
 * @param timestampMs the record's timestamp, which moves the group's log time
 * @param chain whether the legs are linked; a single instruction is one leg and not a chain
 * @param legs 1 to {@link #MAX_LEGS}
 */
@TypeInfo(LedgerTypes.CommandFactory.class)
public record Command(
    String group,
    int partition,
    long offset,
    long timestampMs,
    boolean chain,
    List<Instruction> legs) {

  /** A chain is one step of its group: a limit keeps the step short. */
  public static final int MAX_LEGS = 64;
}
