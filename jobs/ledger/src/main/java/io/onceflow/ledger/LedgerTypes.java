package io.onceflow.ledger;

import io.onceflow.common.type.SerializerTypeInfo;
import java.lang.reflect.Type;
import java.util.Map;
import org.apache.flink.api.common.typeinfo.TypeInfoFactory;
import org.apache.flink.api.common.typeinfo.TypeInformation;

/**
 * How the ledger's types travel through Flink: each with a serializer of its own, none with Kryo.
 */
public final class LedgerTypes {

  /** Commands. */
  public static final TypeInformation<Command> COMMAND =
      new SerializerTypeInfo<>(Command.class, new CommandSerializer());

  /** Rows of all three tables. */
  public static final TypeInformation<LedgerOutput> OUTPUT =
      new SerializerTypeInfo<>(LedgerOutput.class, new LedgerOutputSerializer());

  /** Results alone. */
  public static final TypeInformation<ResultRow> RESULT =
      new SerializerTypeInfo<>(ResultRow.class, new ResultRowSerializer());

  private LedgerTypes() {}

  /** Lets Flink find {@link #COMMAND} by itself. */
  public static final class CommandFactory extends TypeInfoFactory<Command> {
    @Override
    public TypeInformation<Command> createTypeInfo(
        Type type, Map<String, TypeInformation<?>> generics) {
      return COMMAND;
    }
  }

  /** Lets Flink find {@link #OUTPUT} by itself. */
  public static final class OutputFactory extends TypeInfoFactory<LedgerOutput> {
    @Override
    public TypeInformation<LedgerOutput> createTypeInfo(
        Type type, Map<String, TypeInformation<?>> generics) {
      return OUTPUT;
    }
  }

  /** Lets Flink find {@link #RESULT} by itself. */
  public static final class ResultFactory extends TypeInfoFactory<ResultRow> {
    @Override
    public TypeInformation<ResultRow> createTypeInfo(
        Type type, Map<String, TypeInformation<?>> generics) {
      return RESULT;
    }
  }
}
