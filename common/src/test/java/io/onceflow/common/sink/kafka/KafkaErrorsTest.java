package io.onceflow.common.sink.kafka;

import static org.assertj.core.api.Assertions.assertThat;

import io.onceflow.common.commit.ErrorClass;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.InvalidProducerEpochException;
import org.apache.kafka.common.errors.ProducerFencedException;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.errors.TopicAuthorizationException;
import org.junit.jupiter.api.Test;

class KafkaErrorsTest {

  private static Throwable wrapped(Throwable cause) {
    return new KafkaException("The producer is in an error state.", new KafkaException(cause));
  }

  @Test
  void aFenceIsFoundHoweverItIsWrapped() {
    assertThat(KafkaErrors.isFenced(wrapped(new ProducerFencedException("newer")))).isTrue();
    assertThat(KafkaErrors.isFenced(new InvalidProducerEpochException("old"))).isTrue();
    assertThat(KafkaErrors.isFenced(wrapped(new TimeoutException("slow")))).isFalse();
  }

  @Test
  void aRecordIsAtFaultOnlyWhenTheErrorIsItsOwn() {
    assertThat(KafkaErrors.isRow(new RecordTooLargeException("large"))).isTrue();
    assertThat(KafkaErrors.isRow(wrapped(new RecordTooLargeException("large")))).isFalse();
  }

  @Test
  void whatAPersonMustPutRightIsNotRepeated() {
    assertThat(KafkaErrors.classify(wrapped(new TopicAuthorizationException("t"))))
        .isEqualTo(ErrorClass.SYSTEM);
    assertThat(KafkaErrors.classify(wrapped(new TimeoutException("slow"))))
        .isEqualTo(ErrorClass.TRANSIENT);
    assertThat(KafkaErrors.classify(new KafkaException("new in a later release")))
        .isEqualTo(ErrorClass.TRANSIENT);
  }

  @Test
  void theInnermostMessageIsTold() {
    assertThat(KafkaErrors.reason(wrapped(new TimeoutException("slow")))).isEqualTo("slow");
    assertThat(KafkaErrors.reason(new KafkaException())).contains("KafkaException");
  }
}
