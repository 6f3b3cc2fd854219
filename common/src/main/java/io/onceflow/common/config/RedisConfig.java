package io.onceflow.common.config;

import java.io.Serializable;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import java.util.regex.Pattern;
import org.apache.flink.configuration.MemorySize;

/**
 * One Redis server and the keys that a sink may write there.
 *
 * @param server how to reach it
 * @param keyPrefix what every key of the sink begins with; its hash tag, the part in braces, keeps
 *     them together: the sink's own records lie under it too
 * @param chunkRows how many rows one script applies at most
 * @param chunkBytes how many bytes of rows one script applies at most, unless one row is larger
 */
public record RedisConfig(Server server, String keyPrefix, int chunkRows, int chunkBytes)
    implements Serializable {

  /** Rows of one script: 10 to 40 ms of the server's only thread. */
  public static final int DEFAULT_CHUNK_ROWS = 5_000;

  /** Bytes of one script. */
  public static final int DEFAULT_CHUNK_BYTES = 4 << 20;

  /** Redis takes a million arguments in one request, and a row may be a thousand. */
  private static final int MAX_CHUNK_ROWS = 100_000;

  private static final int MAX_CHUNK_BYTES = 256 << 20;

  private static final long serialVersionUID = 1L;

  /** Nothing that a pattern of an ACL would read as anything but itself. */
  private static final Pattern PREFIX =
      Pattern.compile("[A-Za-z0-9._:/-]{0,64}\\{[A-Za-z0-9._:/-]{1,64}}[A-Za-z0-9._:/-]{0,64}");

  /**
   * @throws IllegalArgumentException when the prefix has no hash tag, or a chunk no size
   */
  public RedisConfig {
    Objects.requireNonNull(server, "server");
    Objects.requireNonNull(keyPrefix, "keyPrefix");
    if (!isPrefix(keyPrefix)) {
      throw new IllegalArgumentException(
          "Key prefix '%s' must hold one hash tag in braces, such as {payments}:, and else only letters, digits and . _ : / -"
              .formatted(OneLine.of(keyPrefix)));
    }
    requireBetween("rows", chunkRows, MAX_CHUNK_ROWS);
    requireBetween("bytes", chunkBytes, MAX_CHUNK_BYTES);
  }

  private static void requireBetween(String what, int value, int max) {
    if (value < 1 || value > max) {
      throw new IllegalArgumentException(
          "A chunk of %d %s is not between 1 and %d.".formatted(value, what, max));
    }
  }

  /**
   * How to reach a server.
   *
   * @param host a host name or address; the primary
   * @param port a TCP port
   * @param user the ACL user
   * @param password resolved on the task manager when a connection is opened, or null for none
   * @param sslMode whether the connection is encrypted, and how far the server is verified
   * @param sslRootCert the PEM file of the certificate authority, or null for the JVM's
   * @param connectTimeout the longest wait for a connection
   * @param socketTimeout the longest wait for one answer
   */
  public record Server(
      String host,
      int port,
      String user,
      Secret password,
      TlsMode sslMode,
      String sslRootCert,
      Duration connectTimeout,
      Duration socketTimeout)
      implements Serializable {

    private static final long serialVersionUID = 1L;

    /**
     * Checks that all but {@code password} and {@code sslRootCert} are there.
     *
     * @throws IllegalArgumentException when the host is no name and no address
     */
    public Server {
      Objects.requireNonNull(host, "host");
      Objects.requireNonNull(user, "user");
      Objects.requireNonNull(sslMode, "sslMode");
      Objects.requireNonNull(connectTimeout, "connectTimeout");
      Objects.requireNonNull(socketTimeout, "socketTimeout");
      Hosts.require(host);
    }

    /** The password, if there is one. */
    public Optional<Secret> secret() {
      return Optional.ofNullable(password);
    }

    /** The certificate authority's file, if one is set. */
    public Optional<String> certificates() {
      return Optional.ofNullable(sslRootCert);
    }
  }

  /** A server on this host, without encryption, with the defaults. */
  public static RedisConfig loopback(int port, Secret password, String keyPrefix) {
    var server =
        new Server(
            "127.0.0.1",
            port,
            "default",
            password,
            TlsMode.DISABLE,
            null,
            Duration.ofSeconds(10),
            Duration.ofMinutes(1));
    return new RedisConfig(server, keyPrefix, DEFAULT_CHUNK_ROWS, DEFAULT_CHUNK_BYTES);
  }

  /** The same with other chunks. */
  public RedisConfig withChunks(int rows, int bytes) {
    return new RedisConfig(server, keyPrefix, rows, bytes);
  }

  /** Reads the keys of one group, such as {@code redis}. */
  public static RedisConfig read(ConfigReader reader) {
    var server = server(reader);
    var prefix =
        reader
            .string("key-prefix", "What every key begins with, hash tag included: {payments}:")
            .matching(
                RedisConfig::isPrefix, "one hash tag in braces, letters, digits and . _ : / -")
            .required();
    return new RedisConfig(
        server,
        isPrefix(prefix) ? prefix : "{invalid}",
        reader
            .integer(
                "chunk-rows",
                "Rows that one script applies; an epoch of more becomes visible chunk by chunk.")
            .between(1, MAX_CHUNK_ROWS)
            .orElse(DEFAULT_CHUNK_ROWS),
        (int)
            reader
                .memorySize("chunk-size", "Bytes of rows that one script applies.")
                .between(MemorySize.parse("1kb"), new MemorySize(MAX_CHUNK_BYTES))
                .orElse(new MemorySize(DEFAULT_CHUNK_BYTES))
                .getBytes());
  }

  private static Server server(ConfigReader reader) {
    var host =
        reader
            .string("host", "Host name or address of the primary.")
            .matching(Hosts::isHost, "a host name or address")
            .required();
    var port = reader.integer("port", "TCP port.").between(1, 65535).orElse(6379);
    var user = reader.string("user", "ACL user; docs/redis.md lists its rights.").orElse("default");
    var password = reader.optionalSecret("password", "Password of the user.").orElse(null);
    var sslMode = TlsMode.read(reader, host);
    return new Server(
        host,
        port,
        user,
        password,
        sslMode,
        TlsMode.readAuthority(reader),
        reader
            .duration("connect-timeout", "Longest wait for a connection.")
            .between(Duration.ofSeconds(1), Duration.ofMinutes(5))
            .orElse(Duration.ofSeconds(10)),
        reader
            .duration("socket-timeout", "Longest wait for one answer.")
            .between(Duration.ofSeconds(1), Duration.ofHours(1))
            .orElse(Duration.ofMinutes(1)));
  }

  private static boolean isPrefix(String prefix) {
    return PREFIX.matcher(prefix).matches();
  }
}
