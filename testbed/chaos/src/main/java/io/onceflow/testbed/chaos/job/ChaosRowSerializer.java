package io.onceflow.testbed.chaos.job;

import java.io.IOException;
import org.apache.flink.api.common.typeutils.SimpleTypeSerializerSnapshot;
import org.apache.flink.api.common.typeutils.TypeSerializerSnapshot;
import org.apache.flink.api.common.typeutils.base.TypeSerializerSingleton;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;

/** One byte for the table, then the numbers. */
final class ChaosRowSerializer extends TypeSerializerSingleton<ChaosRow> {

  static final ChaosRowSerializer INSTANCE = new ChaosRowSerializer();

  private static final long serialVersionUID = 1L;
  private static final int LEG = 0;
  private static final int BALANCE = 1;

  @Override
  public boolean isImmutableType() {
    return true;
  }

  @Override
  public ChaosRow createInstance() {
    return new ChaosRow.Balance(0, 0);
  }

  @Override
  public ChaosRow copy(ChaosRow from) {
    return from;
  }

  @Override
  public ChaosRow copy(ChaosRow from, ChaosRow reuse) {
    return from;
  }

  @Override
  public int getLength() {
    return -1;
  }

  @Override
  public void serialize(ChaosRow row, DataOutputView target) throws IOException {
    if (row instanceof ChaosRow.Leg leg) {
      target.writeByte(LEG);
      target.writeInt(leg.key());
      target.writeLong(leg.seq());
      target.writeByte(leg.leg());
      target.writeInt(leg.account());
      target.writeLong(leg.amount());
      target.writeLong(leg.crc());
    } else if (row instanceof ChaosRow.Balance balance) {
      target.writeByte(BALANCE);
      target.writeInt(balance.account());
      target.writeLong(balance.balance());
    }
  }

  @Override
  public ChaosRow deserialize(DataInputView source) throws IOException {
    return switch (source.readByte()) {
      case LEG ->
          new ChaosRow.Leg(
              source.readInt(),
              source.readLong(),
              source.readByte(),
              source.readInt(),
              source.readLong(),
              source.readLong());
      case BALANCE -> new ChaosRow.Balance(source.readInt(), source.readLong());
      default -> throw new IOException("The state or the network holds what is no row.");
    };
  }

  @Override
  public ChaosRow deserialize(ChaosRow reuse, DataInputView source) throws IOException {
    return deserialize(source);
  }

  @Override
  public void copy(DataInputView source, DataOutputView target) throws IOException {
    serialize(deserialize(source), target);
  }

  @Override
  public TypeSerializerSnapshot<ChaosRow> snapshotConfiguration() {
    return new Snapshot();
  }

  /** Flink creates it by name. */
  public static final class Snapshot extends SimpleTypeSerializerSnapshot<ChaosRow> {
    /** For Flink. */
    public Snapshot() {
      super(() -> INSTANCE);
    }
  }
}
