package io.onceflow.common.retry;

import io.onceflow.common.type.SerializerTypeInfo;
import java.lang.reflect.Type;
import java.util.Map;
import org.apache.flink.api.common.typeinfo.TypeInfoFactory;
import org.apache.flink.api.common.typeinfo.TypeInformation;

/** How the types of this package travel: each with a serializer of its own, none with Kryo. */
public final class RetryTypes {

  /** Messages. */
  public static final TypeInformation<RetryMessage> MESSAGE =
      new SerializerTypeInfo<>(RetryMessage.class, new RetryMessageSerializer());

  /** Single acknowledgements. */
  public static final TypeInformation<Acknowledgement> ACKNOWLEDGEMENT =
      new SerializerTypeInfo<>(Acknowledgement.class, new AcknowledgementSerializer());

  /** Dead letters. */
  public static final TypeInformation<RetryDeadLetter> DEAD_LETTER =
      new SerializerTypeInfo<>(RetryDeadLetter.class, new RetryDeadLetterSerializer());

  /** Controls. */
  public static final TypeInformation<RetryControl> CONTROL =
      new SerializerTypeInfo<>(RetryControl.class, new RetryControlSerializer());

  /** Reports to producers. */
  public static final TypeInformation<ProducerAcknowledgement> PRODUCER_ACKNOWLEDGEMENT =
      new SerializerTypeInfo<>(
          ProducerAcknowledgement.class, new ProducerAcknowledgementSerializer());

  /** State of the operator. */
  static final TypeInformation<Unfinished> UNFINISHED =
      new SerializerTypeInfo<>(Unfinished.class, new UnfinishedSerializer());

  /** State of the tracker. */
  static final TypeInformation<ProducerProgress> PROGRESS =
      new SerializerTypeInfo<>(ProducerProgress.class, new ProducerProgressSerializer());

  private RetryTypes() {}

  /** Lets Flink find {@link #MESSAGE} by itself. */
  public static final class MessageFactory extends TypeInfoFactory<RetryMessage> {
    @Override
    public TypeInformation<RetryMessage> createTypeInfo(
        Type type, Map<String, TypeInformation<?>> generics) {
      return MESSAGE;
    }
  }

  /** Lets Flink find {@link #ACKNOWLEDGEMENT} by itself. */
  public static final class AcknowledgementFactory extends TypeInfoFactory<Acknowledgement> {
    @Override
    public TypeInformation<Acknowledgement> createTypeInfo(
        Type type, Map<String, TypeInformation<?>> generics) {
      return ACKNOWLEDGEMENT;
    }
  }

  /** Lets Flink find {@link #DEAD_LETTER} by itself. */
  public static final class DeadLetterFactory extends TypeInfoFactory<RetryDeadLetter> {
    @Override
    public TypeInformation<RetryDeadLetter> createTypeInfo(
        Type type, Map<String, TypeInformation<?>> generics) {
      return DEAD_LETTER;
    }
  }

  /** Lets Flink find {@link #CONTROL} by itself. */
  public static final class ControlFactory extends TypeInfoFactory<RetryControl> {
    @Override
    public TypeInformation<RetryControl> createTypeInfo(
        Type type, Map<String, TypeInformation<?>> generics) {
      return CONTROL;
    }
  }

  /** Lets Flink find {@link #PRODUCER_ACKNOWLEDGEMENT} by itself. */
  public static final class ProducerAcknowledgementFactory
      extends TypeInfoFactory<ProducerAcknowledgement> {
    @Override
    public TypeInformation<ProducerAcknowledgement> createTypeInfo(
        Type type, Map<String, TypeInformation<?>> generics) {
      return PRODUCER_ACKNOWLEDGEMENT;
    }
  }
}
