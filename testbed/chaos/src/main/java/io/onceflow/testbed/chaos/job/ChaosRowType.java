package io.onceflow.testbed.chaos.job;

import java.lang.reflect.Type;
import java.util.Map;
import org.apache.flink.api.common.serialization.SerializerConfig;
import org.apache.flink.api.common.typeinfo.TypeInfoFactory;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.common.typeutils.TypeSerializer;

/** Flink's description of {@link ChaosRow}: neither a POJO nor Kryo, and not a key. */
final class ChaosRowType extends TypeInformation<ChaosRow> {

  static final ChaosRowType INSTANCE = new ChaosRowType();

  private static final long serialVersionUID = 1L;

  /** Flink creates it through the annotation of {@link ChaosRow}. */
  public static final class Factory extends TypeInfoFactory<ChaosRow> {
    @Override
    public TypeInformation<ChaosRow> createTypeInfo(
        Type type, Map<String, TypeInformation<?>> parameters) {
      return INSTANCE;
    }
  }

  @Override
  public TypeSerializer<ChaosRow> createSerializer(SerializerConfig config) {
    return ChaosRowSerializer.INSTANCE;
  }

  @Override
  public Class<ChaosRow> getTypeClass() {
    return ChaosRow.class;
  }

  @Override
  public boolean isBasicType() {
    return false;
  }

  @Override
  public boolean isTupleType() {
    return false;
  }

  @Override
  public int getArity() {
    return 1;
  }

  @Override
  public int getTotalFields() {
    return 1;
  }

  @Override
  public boolean isKeyType() {
    return false;
  }

  @Override
  public String toString() {
    return "ChaosRow";
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof ChaosRowType;
  }

  @Override
  public int hashCode() {
    return ChaosRowType.class.hashCode();
  }

  @Override
  public boolean canEqual(Object other) {
    return other instanceof ChaosRowType;
  }
}
