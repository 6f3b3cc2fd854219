package io.onceflow.common.sink.kafka;

import io.onceflow.common.commit.OnReject;
import io.onceflow.common.commit.StoreException;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.Config;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.acl.AclOperation;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.errors.AuthorizationException;
import org.apache.kafka.common.errors.UnsupportedVersionException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks at the cluster before the first record, changing nothing: topics, permissions, the brokers'
 * limits. Everything that is wrong is told in one message; what only weakens durability is logged.
 * What the user may not describe is not checked.
 */
final class KafkaPreflight {

  private static final Logger LOG = LoggerFactory.getLogger(KafkaPreflight.class);

  /** The protocol in which each transaction has an epoch of its own (KIP-890). */
  private static final int SAFE_TRANSACTION_VERSION = 2;

  private final Admin admin;
  private final KafkaStore.Shape shape;
  private final OnReject onReject;
  private final TopicLookup lookup;
  private final List<String> wrong = new ArrayList<>();

  KafkaPreflight(Admin admin, KafkaStore.Shape shape, OnReject onReject) {
    this.admin = admin;
    this.lookup = new TopicLookup(admin);
    this.shape = shape;
    this.onReject = onReject;
  }

  /**
   * @throws StoreException SYSTEM with everything that is wrong
   */
  void check() throws StoreException {
    markerTopic();
    targets();
    transactionProtocol();
    transactionTimeout();
    if (!wrong.isEmpty()) {
      throw KafkaErrors.system(
          "The cluster is not ready for this sink, %d problem%s:\n  - %s"
              .formatted(wrong.size(), wrong.size() == 1 ? "" : "s", String.join("\n  - ", wrong)));
    }
  }

  private void markerTopic() {
    var topic = describe(shape.markerTopic());
    if (topic.isEmpty()) {
      wrong.add(
          "There is no topic %s for commit markers. Create it: kafka-topics.sh --bootstrap-server %s --create --topic %s --partitions 8 --replication-factor 3 --config cleanup.policy=compact --config min.insync.replicas=2 --config segment.ms=3600000 --config segment.bytes=16777216 --config min.cleanable.dirty.ratio=0.1 (one broker: --replication-factor 1, without min.insync.replicas)."
              .formatted(
                  shape.markerTopic(),
                  shape.connection().getProperty("bootstrap.servers"),
                  shape.markerTopic()));
      return;
    }
    allowed(topic.get(), AclOperation.READ, AclOperation.WRITE);
    durable(topic.get());
    var policy = topicConfig(shape.markerTopic()).map(config -> value(config, "cleanup.policy"));
    if (policy.isPresent() && !policy.get().equals("compact")) {
      wrong.add(
          "Topic %s has cleanup.policy=%s, so Kafka deletes the sinks' histories. Set it: kafka-configs.sh --bootstrap-server %s --alter --topic %s --add-config cleanup.policy=compact."
              .formatted(
                  shape.markerTopic(),
                  policy.get(),
                  shape.connection().getProperty("bootstrap.servers"),
                  shape.markerTopic()));
    }
  }

  private void targets() {
    var names = new LinkedHashSet<>(shape.topics());
    if (shape.rejectTopic() != null) {
      names.add(shape.rejectTopic());
    } else if (onReject == OnReject.DEAD_LETTER) {
      wrong.add(
          "A sink with on-reject: dead-letter needs a topic for rejected records: set reject-topic.");
    }
    for (var name : names) {
      var topic = describe(name);
      if (topic.isEmpty()) {
        wrong.add("There is no topic %s, or it may not be described.".formatted(name));
      } else {
        allowed(topic.get(), AclOperation.WRITE);
        durable(topic.get());
      }
    }
  }

  private Optional<TopicDescription> describe(String name) {
    try {
      return lookup.find(name);
    } catch (AuthorizationException e) {
      return Optional.empty();
    }
  }

  private void allowed(TopicDescription topic, AclOperation... needed) {
    Set<AclOperation> operations = topic.authorizedOperations();
    if (operations == null || operations.isEmpty()) {
      return;
    }
    for (var operation : needed) {
      if (!operations.contains(operation) && !operations.contains(AclOperation.ALL)) {
        wrong.add(
            "The user may not %s topic %s: add an ACL for it.".formatted(operation, topic.name()));
      }
    }
  }

  /** A broker that is alone cannot do better; two that keep one copy between them could. */
  private void durable(TopicDescription topic) {
    var brokers = KafkaErrors.await(admin.describeCluster().nodes()).size();
    var replicas = topic.partitions().get(0).replicas().size();
    if (brokers > 1 && replicas == 1) {
      LOG.warn(
          "Topic {} has one replica: records that were acknowledged are lost with its broker.",
          topic.name());
    }
    topicConfig(topic.name())
        .ifPresent(
            config -> {
              if (replicas > 1 && value(config, "min.insync.replicas").equals("1")) {
                LOG.warn(
                    "Topic {} has min.insync.replicas=1: a record may be acknowledged with one copy.",
                    topic.name());
              }
              if (value(config, "unclean.leader.election.enable").equals("true")) {
                LOG.warn(
                    "Topic {} has unclean.leader.election.enable=true: Kafka may drop records it has acknowledged, and epochs with them.",
                    topic.name());
              }
            });
  }

  private void transactionProtocol() {
    try {
      var features =
          KafkaErrors.await(admin.describeFeatures().featureMetadata()).finalizedFeatures();
      var version = features.get("transaction.version");
      if (version == null || version.maxVersionLevel() < SAFE_TRANSACTION_VERSION) {
        wrong.add(
            "The cluster's transaction.version is %s: before 2 a delayed request can end a later transaction than its own (KIP-890). Brokers from Kafka 4.0 on: kafka-features.sh --bootstrap-server %s upgrade --feature transaction.version=2."
                .formatted(
                    version == null ? "not set" : version.maxVersionLevel(),
                    shape.connection().getProperty("bootstrap.servers")));
      }
    } catch (UnsupportedVersionException e) {
      wrong.add("The brokers are older than Kafka 4.0, whose transactions this sink needs.");
    }
  }

  private void transactionTimeout() {
    var node = KafkaErrors.await(admin.describeCluster().nodes()).iterator().next();
    config(new ConfigResource(ConfigResource.Type.BROKER, node.idString()))
        .map(config -> value(config, "transaction.max.timeout.ms"))
        .ifPresent(
            max -> {
              if (Long.parseLong(max) < shape.transactionTimeoutMs()) {
                wrong.add(
                    "The transaction-timeout is %d ms, above the brokers' transaction.max.timeout.ms of %s: lower the one or raise the other."
                        .formatted(shape.transactionTimeoutMs(), max));
              }
            });
  }

  private Optional<Config> topicConfig(String name) {
    return config(new ConfigResource(ConfigResource.Type.TOPIC, name));
  }

  private Optional<Config> config(ConfigResource resource) {
    try {
      Map<ConfigResource, org.apache.kafka.common.KafkaFuture<Config>> answers =
          admin.describeConfigs(List.of(resource)).values();
      return Optional.of(KafkaErrors.await(answers.get(resource)));
    } catch (AuthorizationException mayNotAsk) {
      LOG.info("{} may not be described, so its settings are not checked.", resource);
      return Optional.empty();
    }
  }

  private static String value(Config config, String name) {
    var entry = config.get(name);
    return entry == null || entry.value() == null ? "" : entry.value();
  }
}
