package io.onceflow.common.kafka;

import io.onceflow.common.config.Secret;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.common.config.ConfigData;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.common.config.provider.ConfigProvider;

/**
 * Lets Kafka's clients resolve a {@link Secret} when they are created: {@code ${secret:env:NAME}}
 * or {@code ${secret:file:/path}}, inside a quoted JAAS string. It resolves the one reference it is
 * configured with and no other, whatever else stands in the properties.
 *
 * <p>Kafka creates it by name, therefore it is public.
 */
public final class KafkaSecretProvider implements ConfigProvider {

  static final String NAME = "secret";
  static final String ALLOWED = "allowed";

  private static final String ENVIRONMENT = "env";
  private static final String FILE = "file";

  private String allowed;

  /** The reference to a secret in the form this class resolves. */
  static String placeOf(Secret secret) {
    if (secret instanceof Secret.FromEnvironment environment) {
      return ENVIRONMENT + ":" + environment.name();
    }
    return FILE + ":" + ((Secret.FromFile) secret).path();
  }

  @Override
  public void configure(Map<String, ?> config) {
    allowed = String.valueOf(config.get(ALLOWED));
  }

  @Override
  public ConfigData get(String path) {
    throw new ConfigException("A secret is referred to by ${secret:env:NAME} or by its file.");
  }

  @Override
  public ConfigData get(String path, Set<String> keys) {
    if (keys.size() != 1 || !allowed.equals(path + ":" + keys.iterator().next())) {
      throw new ConfigException("Only the password's own reference is resolved; remove any other.");
    }
    String key = keys.iterator().next();
    Secret secret = path.equals(ENVIRONMENT) ? Secret.fromEnv(key) : Secret.fromFile(key);
    return new ConfigData(Map.of(key, escaped(secret.reveal())));
  }

  /** A quote in a password must not end the quoted JAAS string it stands in. */
  private static String escaped(String password) {
    return password.replace("\\", "\\\\").replace("\"", "\\\"");
  }

  @Override
  public void close() {}
}
