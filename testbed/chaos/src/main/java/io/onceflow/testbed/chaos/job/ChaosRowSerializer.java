package io.onceflow.testbed.chaos.job;

import io.onceflow.common.type.ImmutableSerializer;
import io.onceflow.common.type.SerializerTypeInfo;
import java.io.IOException;
import java.lang.reflect.Type;
import java.util.Map;
import org.apache.flink.api.common.typeinfo.TypeInfoFactory;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.common.typeutils.SimpleTypeSerializerSnapshot;
import org.apache.flink.api.common.typeutils.TypeSerializerSnapshot;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;

/** One byte for the table, then the numbers. */
final class ChaosRowSerializer extends ImmutableSerializer<ChaosRow> {

  static final ChaosRowSerializer INSTANCE = new ChaosRowSerializer();

  static final TypeInformation<ChaosRow> TYPE = new SerializerTypeInfo<>(ChaosRow.class, INSTANCE);

  private static final long serialVersionUID = 1L;
  private static final int LEG = 0;
  private static final int BALANCE = 1;

  @Override
  public ChaosRow createInstance() {
    return new ChaosRow.Balance(0, 0);
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

  /** Flink asks it for the type, by the annotation of {@link ChaosRow}. */
  public static final class Factory extends TypeInfoFactory<ChaosRow> {
    @Override
    public TypeInformation<ChaosRow> createTypeInfo(
        Type type, Map<String, TypeInformation<?>> parameters) {
      return TYPE;
    }
  }
}
