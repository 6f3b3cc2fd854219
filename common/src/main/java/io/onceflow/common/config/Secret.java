package io.onceflow.common.config;

import java.io.IOException;
import java.io.Serializable;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;

/**
 * Where a secret is, never what it is. Job graphs, checkpoints and logs hold only the reference; a
 * task resolves it with {@link #reveal} when it needs it.
 *
 * <p>Two secrets are equal when they refer to the same place. {@code toString} shows nothing.
 */
public sealed interface Secret extends Serializable
    permits Secret.FromEnvironment, Secret.FromFile {

  /** Refers to an environment variable of the process that reveals it. */
  static Secret fromEnv(String name) {
    return new FromEnvironment(name);
  }

  /** Refers to a UTF-8 file on the host that reveals it; one line break at its end is dropped. */
  static Secret fromFile(String path) {
    return new FromFile(path);
  }

  /**
   * Reads the secret now. Do not keep it, log it or put it in an exception.
   *
   * @throws IllegalStateException when there is none at that place on this host
   */
  String reveal();

  /**
   * An environment variable.
   *
   * @param name its name
   */
  record FromEnvironment(String name) implements Secret {

    /** Checks that there is a name. */
    public FromEnvironment {
      Objects.requireNonNull(name, "name");
    }

    @Override
    public String reveal() {
      String value = System.getenv(name);
      if (value == null || value.isEmpty()) {
        throw new IllegalStateException(
            "The secret in the environment variable %s is not set on this host; set it for every task manager."
                .formatted(name));
      }
      return value;
    }

    @Override
    public String toString() {
      return Mistake.MASK;
    }
  }

  /**
   * A file.
   *
   * @param path its absolute path
   */
  record FromFile(String path) implements Secret {

    private static final int MAX_BYTES = 64 * 1024;

    /** Checks that there is a path. */
    public FromFile {
      Objects.requireNonNull(path, "path");
    }

    @Override
    public String reveal() {
      try (var in = Files.newInputStream(Path.of(path))) {
        byte[] bytes = in.readNBytes(MAX_BYTES + 1);
        String value = new String(bytes, StandardCharsets.UTF_8).replaceFirst("\\r?\\n\\z", "");
        if (value.isEmpty() || bytes.length > MAX_BYTES) {
          throw new IllegalStateException(
              "The secret file %s is empty or larger than 64 KiB; it must hold one secret."
                  .formatted(path));
        }
        return value;
      } catch (IOException e) {
        throw new IllegalStateException(
            "The secret file %s cannot be read on this host (%s); mount it on every task manager."
                .formatted(path, e.getClass().getSimpleName()),
            e);
      }
    }

    @Override
    public String toString() {
      return Mistake.MASK;
    }
  }
}
