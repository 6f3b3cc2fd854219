package io.onceflow.common.config;

import java.io.Serializable;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * How to reach one Kafka cluster. It holds no password, only where the password is.
 *
 * @param bootstrapServers {@code host:port}, separated by commas
 * @param securityProtocol encryption and authentication
 * @param sasl the user, or null without authentication
 * @param trustStore the PEM file of the certificate authority, or null for the JVM's
 */
public record KafkaConfig(
    String bootstrapServers, SecurityProtocol securityProtocol, Sasl sasl, String trustStore)
    implements Serializable {

  private static final long serialVersionUID = 1L;

  private static final Pattern TOPIC = Pattern.compile("(?!\\.{1,2}$)[A-Za-z0-9._-]{1,249}");

  /** Kafka's protocols, by Kafka's names. */
  public enum SecurityProtocol {
    /** Neither encryption nor authentication. */
    PLAINTEXT,
    /** TLS. */
    SSL,
    /** Authentication without encryption. */
    SASL_PLAINTEXT,
    /** Authentication over TLS. */
    SASL_SSL;

    boolean encrypts() {
      return this == SSL || this == SASL_SSL;
    }

    boolean authenticates() {
      return this == SASL_PLAINTEXT || this == SASL_SSL;
    }
  }

  /** The mechanisms with a user and a password. */
  public enum Mechanism {
    /** The password itself is sent. */
    PLAIN,
    /** Challenge and response with SHA-256. */
    SCRAM_SHA_256,
    /** Challenge and response with SHA-512. */
    SCRAM_SHA_512;

    /** Kafka's name for it. */
    public String kafkaName() {
      return name().replace('_', '-');
    }
  }

  /**
   * A user of Kafka.
   *
   * @param mechanism how the password is proved
   * @param username the user
   * @param password resolved where a client is created
   */
  public record Sasl(Mechanism mechanism, String username, Secret password)
      implements Serializable {

    private static final long serialVersionUID = 1L;
  }

  /** Checks that the servers and the protocol are there. */
  public KafkaConfig {
    Objects.requireNonNull(bootstrapServers, "bootstrapServers");
    Objects.requireNonNull(securityProtocol, "securityProtocol");
  }

  /** A cluster without authentication or encryption. */
  public static KafkaConfig plaintext(String bootstrapServers) {
    return new KafkaConfig(bootstrapServers, SecurityProtocol.PLAINTEXT, null, null);
  }

  /** The user, if there is one. */
  public Optional<Sasl> user() {
    return Optional.ofNullable(sasl);
  }

  /** The certificate authority's file, if one is set. */
  public Optional<String> certificates() {
    return Optional.ofNullable(trustStore);
  }

  /** Reads the keys of one group, such as {@code kafka}. */
  public static KafkaConfig read(ConfigReader reader) {
    List<String> servers =
        reader
            .list("bootstrap-servers", "Brokers to ask first.")
            .matching(list -> list.stream().allMatch(Hosts::isHostAndPort), "each host:port")
            .required();
    SecurityProtocol protocol =
        reader
            .oneOf("security-protocol", SecurityProtocol.class, "Encryption and authentication.")
            .orElse(SecurityProtocol.PLAINTEXT);
    boolean allowInsecure =
        reader.bool("allow-insecure", "Allows remote brokers without encryption.").orElse(false);
    boolean local = servers.stream().map(Hosts::hostOf).allMatch(Hosts::isLoopback);
    if (!protocol.encrypts() && !local && !allowInsecure) {
      reader.reject(
          "security-protocol",
          "must be ssl or sasl-ssl because a broker is not this machine; in a network you trust"
              + " set allow-insecure: true");
    }
    String trustStore =
        reader
            .string("ssl-truststore", "PEM file of the certificate authority.")
            .matching(path -> path.startsWith("/"), "an absolute path")
            .optional()
            .orElse(null);
    return new KafkaConfig(String.join(",", servers), protocol, sasl(reader, protocol), trustStore);
  }

  /** A key that holds the name of a topic. */
  public static Setting<String> topic(ConfigReader reader, String key, String description) {
    return reader
        .string(key, description)
        .matching(name -> TOPIC.matcher(name).matches(), "letters, digits and . _ - only");
  }

  private static Sasl sasl(ConfigReader reader, SecurityProtocol protocol) {
    ConfigReader sasl = reader.group("sasl");
    Mechanism mechanism =
        sasl.oneOf("mechanism", Mechanism.class, "How the password is proved.")
            .orElse(Mechanism.SCRAM_SHA_512);
    Optional<String> username =
        sasl.string("username", "User of Kafka, for the sasl protocols.")
            .matching(name -> name.matches("[A-Za-z0-9._@=-]+"), "letters, digits and . _ @ = -")
            .optional();
    Optional<Secret> password = sasl.optionalSecret("password", "Password of the user.");
    if (!protocol.authenticates()) {
      if (username.isPresent() || password.isPresent()) {
        reader.reject("security-protocol", "must be sasl-ssl when sasl.* is set");
      }
      return null;
    }
    if (username.isEmpty() || password.isEmpty()) {
      reader.reject("security-protocol", "needs sasl.username and sasl.password to be set too");
    }
    return new Sasl(
        mechanism, username.orElse("unknown"), password.orElse(Secret.fromEnv("UNKNOWN")));
  }
}
