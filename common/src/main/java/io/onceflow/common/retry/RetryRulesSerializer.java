package io.onceflow.common.retry;

import io.onceflow.common.type.VersionedSerializer;
import java.io.IOException;
import java.time.Duration;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;

/** The format of {@link RetryRules}, inside of a control. */
public final class RetryRulesSerializer extends VersionedSerializer<RetryRules> {

  private static final long serialVersionUID = 1L;

  @Override
  protected int version() {
    return 1;
  }

  private static final int MAX_SHARES = RetryMessage.LEAST_PRIORITY + 1;

  @Override
  protected void write(RetryRules rules, DataOutputView out) throws IOException {
    write(rules.backoff().first(), out);
    write(rules.backoff().max(), out);
    out.writeInt(rules.attempts().maxAttempts());
    out.writeInt(rules.attempts().maxUnknown());
    write(rules.attempts().attemptTimeout(), out);
    write(rules.attempts().deadline(), out);
    out.writeInt(rules.concurrency().total());
    out.writeInt(rules.concurrency().perDependency());
    out.writeDouble(rules.budget().share());
    out.writeDouble(rules.budget().minPerSecond());
    out.writeInt(rules.breaker().window());
    out.writeInt(rules.breaker().failurePercent());
    write(rules.breaker().openFor(), out);
    out.writeInt(rules.breaker().probes());
    write(rules.priorities().aging(), out);
    RetryWire.writeList(
        rules.priorities().reservedPercent(), (share, to) -> to.writeInt(share), out);
    out.writeInt(rules.quota().messages());
    out.writeLong(rules.quota().bytes());
    out.writeByte(rules.quota().overflow().ordinal());
    write(rules.quota().maxBlock(), out);
  }

  @Override
  protected RetryRules read(int version, DataInputView in) throws IOException {
    return new RetryRules(
        new Backoff(duration(in), duration(in)),
        new AttemptLimits(in.readInt(), in.readInt(), duration(in), duration(in)),
        new ConcurrencyLimits(in.readInt(), in.readInt()),
        new BudgetRules(in.readDouble(), in.readDouble()),
        new BreakerRules(in.readInt(), in.readInt(), duration(in), in.readInt()),
        new PriorityRules(duration(in), RetryWire.readList(in, MAX_SHARES, DataInputView::readInt)),
        new ParkingQuota(
            in.readInt(),
            in.readLong(),
            RetryWire.numbered(ParkingQuota.Overflow.values(), in.readUnsignedByte()),
            duration(in)));
  }

  private static void write(Duration duration, DataOutputView out) throws IOException {
    out.writeLong(duration.toMillis());
  }

  private static Duration duration(DataInputView in) throws IOException {
    return Duration.ofMillis(in.readLong());
  }
}
