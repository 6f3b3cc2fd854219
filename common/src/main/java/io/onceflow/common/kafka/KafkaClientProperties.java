package io.onceflow.common.kafka;

import io.onceflow.common.config.KafkaConfig;
import io.onceflow.common.config.Secret;
import java.util.Properties;

/**
 * A cluster's connection as Kafka's clients want it. The password is a reference that the client
 * resolves through {@link KafkaSecretProvider} where it is created, so that job graphs and
 * checkpoints do not hold it.
 */
public final class KafkaClientProperties {

  private KafkaClientProperties() {}

  /** Properties for consumers, producers and admin clients, {@code bootstrap.servers} included. */
  public static Properties of(KafkaConfig config) {
    Properties properties = new Properties();
    properties.setProperty("bootstrap.servers", config.bootstrapServers());
    properties.setProperty("security.protocol", config.securityProtocol().name());
    config
        .certificates()
        .ifPresent(
            file -> {
              properties.setProperty("ssl.truststore.type", "PEM");
              properties.setProperty("ssl.truststore.location", file);
            });
    config.user().ifPresent(user -> authenticate(properties, user));
    return properties;
  }

  private static void authenticate(Properties properties, KafkaConfig.Sasl user) {
    String reference = reference(user.password());
    properties.setProperty("sasl.mechanism", user.mechanism().kafkaName());
    properties.setProperty("config.providers", KafkaSecretProvider.NAME);
    properties.setProperty(
        "config.providers." + KafkaSecretProvider.NAME + ".class",
        KafkaSecretProvider.class.getName());
    properties.setProperty(
        "config.providers.%s.param.%s"
            .formatted(KafkaSecretProvider.NAME, KafkaSecretProvider.ALLOWED),
        reference);
    properties.setProperty(
        "sasl.jaas.config",
        "%s required username=\"%s\" password=\"${%s:%s}\";"
            .formatted(
                loginModule(user.mechanism()),
                user.username(),
                KafkaSecretProvider.NAME,
                reference));
  }

  private static String loginModule(KafkaConfig.Mechanism mechanism) {
    return switch (mechanism) {
      case PLAIN -> "org.apache.kafka.common.security.plain.PlainLoginModule";
      case SCRAM_SHA_256, SCRAM_SHA_512 ->
          "org.apache.kafka.common.security.scram.ScramLoginModule";
    };
  }

  private static String reference(Secret secret) {
    String place = KafkaSecretProvider.placeOf(secret);
    if (place.matches(".*[{}\"\\\\\\s].*")) {
      throw new IllegalArgumentException(
          "The file of Kafka's password must have a path without spaces, quotes and braces.");
    }
    return place;
  }
}
