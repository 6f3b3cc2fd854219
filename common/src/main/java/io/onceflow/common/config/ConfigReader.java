package io.onceflow.common.config;

import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import org.apache.flink.configuration.MemorySize;

/**
 * Reads settings into a record, collects every mistake on the way and reports them together.
 *
 * <p>A key is defined where it is read: name, type, range, default and description stand in one
 * line of code, and the reference for {@code --help} is generated from the same line. A parser must
 * therefore read all its keys on every path, or leave out only whole groups that do not apply.
 *
 * <p>Not thread-safe.
 */
public final class ConfigReader {

  private final State state;
  private final String prefix;

  private ConfigReader(State state, String prefix) {
    this.state = state;
    this.prefix = prefix;
  }

  /**
   * Reads a configuration.
   *
   * @param subject for the message, such as {@code the configuration of job ledger}
   * @throws ConfigException with all mistakes, unknown keys included
   */
  public static <C> C read(String subject, Settings settings, Function<ConfigReader, C> parser) {
    State state = new State(settings);
    C config = null;
    try {
      config = parser.apply(new ConfigReader(state, ""));
      state.unknownKeys();
    } catch (IllegalArgumentException e) {
      // A record's own check. After another mistake it may only have met a placeholder.
      if (state.mistakes.isEmpty()) {
        state.mistakes.add(new Mistake(subject, null, null, e.getMessage()));
      }
    }
    if (!state.mistakes.isEmpty()) {
      throw new ConfigException(subject, state.mistakes);
    }
    return config;
  }

  /** The options a parser reads, in the order in which it reads them. */
  public static List<OptionReference> describe(Function<ConfigReader, ?> parser) {
    State state = new State(Settings.empty());
    parser.apply(new ConfigReader(state, ""));
    return List.copyOf(state.options.values());
  }

  /** A reader for the keys below {@code name}. */
  public ConfigReader group(String name) {
    return new ConfigReader(state, prefix + name + ".");
  }

  /** Text that is not empty. */
  public Setting<String> string(String key, String description) {
    return new Setting<>(state, ValueType.STRING, prefix + key, description);
  }

  /** A 32-bit integer. */
  public RangedSetting<Integer> integer(String key, String description) {
    return new RangedSetting<>(state, ValueType.INTEGER, prefix + key, description);
  }

  /** A 64-bit integer. */
  public RangedSetting<Long> longInteger(String key, String description) {
    return new RangedSetting<>(state, ValueType.LONG, prefix + key, description);
  }

  /** A duration with its unit, as Flink writes it: {@code 500ms}, {@code 10s}, {@code 5min}. */
  public RangedSetting<Duration> duration(String key, String description) {
    return new RangedSetting<>(state, ValueType.DURATION, prefix + key, description);
  }

  /** A number of bytes as Flink writes it: {@code 64kb}, {@code 16mb}. */
  public RangedSetting<MemorySize> memorySize(String key, String description) {
    return new RangedSetting<>(state, ValueType.MEMORY_SIZE, prefix + key, description);
  }

  /** True or false. */
  public Setting<Boolean> bool(String key, String description) {
    return new Setting<>(state, ValueType.BOOLEAN, prefix + key, description);
  }

  /** One of an enum's constants, written in kebab-case. */
  public <E extends Enum<E>> Setting<E> oneOf(String key, Class<E> type, String description) {
    return new Setting<>(state, ValueType.enumeration(type), prefix + key, description)
        .matching(value -> true, ValueType.names(type));
  }

  /** A YAML list, or texts separated by commas. */
  public Setting<List<String>> list(String key, String description) {
    return new Setting<>(state, ValueType.LIST, prefix + key, description);
  }

  /** The texts below {@code key}, by the rest of their keys; a rest not allowed is a mistake. */
  public Map<String, String> map(String key, Set<String> allowed, String description) {
    String start = prefix + key + ".";
    state.document(
        new OptionReference(
            start + "*",
            "string",
            OptionReference.OPTIONAL,
            "any of " + sorted(allowed),
            description));
    Map<String, String> map = new LinkedHashMap<>();
    for (String full : List.copyOf(state.values.keySet())) {
      if (full.startsWith(start)) {
        String rest = full.substring(start.length());
        if (allowed.contains(rest)) {
          map.put(rest, string(key + "." + rest, description).required());
        } else {
          state.value(full);
          state.mistakes.add(
              new Mistake(
                  full, null, state.origin(full), "is not allowed here; only " + sorted(allowed)));
        }
      }
    }
    return Map.copyOf(map);
  }

  /**
   * A secret that must be there: {@code key: ${NAME}} refers to an environment variable, {@code
   * key-file: /path} to a file. The text itself in the configuration is a mistake.
   */
  public Secret secret(String key, String description) {
    Optional<Secret> secret = secretIfAny(key, description, OptionReference.REQUIRED);
    if (secret.isEmpty()) {
      state.missing(
          prefix + key,
          "is required: set " + prefix + key + ": ${NAME}, or " + prefix + key + "-file: /path");
    }
    return secret.orElseGet(() -> Secret.fromEnv("UNKNOWN"));
  }

  /** A secret that may be absent. */
  public Optional<Secret> optionalSecret(String key, String description) {
    return secretIfAny(key, description, OptionReference.OPTIONAL);
  }

  private Optional<Secret> secretIfAny(String key, String description, String need) {
    String full = prefix + key;
    String how = "${NAME} of an environment variable, or use " + full + "-file";
    state.document(new OptionReference(full, "secret", need, how, description));
    Optional<String> file =
        string(key + "-file", "The file that holds it, instead of " + full + ".")
            .matching(path -> path.startsWith("/"), "an absolute path")
            .optional();
    Optional<RawValue> raw = state.value(full);
    if (raw.isEmpty()) {
      return file.map(Secret::fromFile);
    }
    String name = Substitution.onlyReference(raw.get().text());
    if (name == null) {
      state.mistake(full, raw.get().masked(), "must be " + how + "; never the text itself");
    } else if (file.isPresent()) {
      state.mistake(full, raw.get().masked(), "and " + full + "-file are both set; keep one");
    }
    return Optional.of(Secret.fromEnv(name == null ? "UNKNOWN" : name));
  }

  /**
   * Records a mistake that shows only when several keys are seen together.
   *
   * @param expected completes "key = value (origin): .."
   */
  public void reject(String key, String expected) {
    String full = prefix + key;
    RawValue raw = state.values.get(full);
    state.mistakes.add(
        new Mistake(
            full,
            raw == null ? null : raw.text(),
            raw == null ? "default" : raw.origin(),
            expected));
  }

  private static String sorted(Set<String> words) {
    return String.join(", ", words.stream().sorted().toList());
  }

  /** What all readers of one configuration share. */
  static final class State {
    private final Map<String, RawValue> values;
    private final Substitution substitution;
    private final Map<String, OptionReference> options = new LinkedHashMap<>();
    private final Set<String> read = new LinkedHashSet<>();
    private final List<Mistake> mistakes = new ArrayList<>();

    State(Settings settings) {
      this.values = settings.values();
      this.substitution = settings.substitution();
    }

    void document(OptionReference option) {
      options.put(option.key(), option);
    }

    Optional<RawValue> value(String key) {
      read.add(key);
      return Optional.ofNullable(values.get(key));
    }

    List<String> substituted(RawValue raw) {
      return raw.items().stream().map(substitution::apply).toList();
    }

    String origin(String key) {
      return values.get(key).origin();
    }

    void mistake(String key, RawValue raw, String expected) {
      mistakes.add(new Mistake(key, raw.text(), raw.origin(), expected));
    }

    void missing(String key, String expected) {
      mistakes.add(new Mistake(key, null, null, expected));
    }

    /** Values of unknown keys are not shown: a misspelt password is one of them. */
    void unknownKeys() {
      for (Map.Entry<String, RawValue> entry : values.entrySet()) {
        if (!read.contains(entry.getKey())) {
          String hint =
              NearestKey.of(entry.getKey(), read)
                  .map(key -> "; did you mean " + key + "?")
                  .orElse("; --help lists the known ones");
          mistakes.add(
              new Mistake(entry.getKey(), null, entry.getValue().origin(), "unknown key" + hint));
        }
      }
    }
  }
}
