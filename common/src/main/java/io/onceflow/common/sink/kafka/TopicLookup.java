package io.onceflow.common.sink.kafka;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.DescribeTopicsOptions;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;

/**
 * Finds topics. A broker that has just come back may not know a topic that is there, so for some
 * seconds after the first one that is missed it asks again; from then on an answer is final. One
 * thread.
 */
final class TopicLookup {

  private static final Duration PATIENCE = Duration.ofSeconds(5);
  private static final Duration PAUSE = Duration.ofMillis(200);

  private final Admin admin;
  private long missedNs;
  private boolean hasMissed;

  TopicLookup(Admin admin) {
    this.admin = admin;
  }

  /** The topic, with what the user may do to it, or nothing after that time. */
  Optional<TopicDescription> find(String name) {
    var topic = ask(name);
    while (topic.isEmpty() && isEarly()) {
      LockSupport.parkNanos(PAUSE.toNanos());
      topic = ask(name);
    }
    return topic;
  }

  private boolean isEarly() {
    if (!hasMissed) {
      hasMissed = true;
      missedNs = System.nanoTime();
    }
    return System.nanoTime() - missedNs < PATIENCE.toNanos();
  }

  /** The topic as far as the broker that answers knows now. */
  Optional<TopicDescription> ask(String name) {
    var options = new DescribeTopicsOptions().includeAuthorizedOperations(true);
    try {
      var answers = admin.describeTopics(List.of(name), options).topicNameValues();
      return Optional.of(KafkaErrors.await(answers.get(name)));
    } catch (UnknownTopicOrPartitionException e) {
      return Optional.empty();
    }
  }
}
