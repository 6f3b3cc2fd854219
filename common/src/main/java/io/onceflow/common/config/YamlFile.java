package io.onceflow.common.config;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.api.lowlevel.Compose;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.NodeTuple;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;
import org.snakeyaml.engine.v2.nodes.Tag;

/**
 * A YAML file flattened to dotted keys with the line of each. It never constructs objects: the file
 * is composed to nodes, tags and aliases are refused, and size is limited.
 */
final class YamlFile {

  static final int MAX_BYTES = 1 << 20;

  /** ENV_TAG is what the library infers for a text that is exactly {@code ${NAME}}. */
  private static final Set<Tag> PLAIN_TAGS =
      Set.of(Tag.ENV_TAG, Tag.STR, Tag.INT, Tag.FLOAT, Tag.BOOL, Tag.NULL, Tag.MAP, Tag.SEQ);

  private final String name;
  private final Map<String, RawValue> values = new LinkedHashMap<>();
  private final List<Mistake> mistakes = new ArrayList<>();

  private YamlFile(String name) {
    this.name = name;
  }

  /** Reads a file; throws {@link ConfigException} with all that is wrong with its form. */
  static Map<String, RawValue> read(Path path) {
    String name = String.valueOf(path.getFileName());
    String text;
    try (InputStream in = Files.newInputStream(path)) {
      text = decode(name, in.readNBytes(MAX_BYTES + 1));
    } catch (IOException e) {
      throw fault(
          name, "", "cannot be read (" + e + "); give --config the path of a readable file");
    }
    return parse(name, text);
  }

  static Map<String, RawValue> parse(String name, String text) {
    YamlFile file = new YamlFile(name);
    file.root(compose(name, text));
    if (!file.mistakes.isEmpty()) {
      throw new ConfigException(name, file.mistakes);
    }
    return file.values;
  }

  private static String decode(String name, byte[] bytes) {
    if (bytes.length > MAX_BYTES) {
      throw fault(name, "", "is larger than 1 MiB; a job's configuration is a few kilobytes");
    }
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
    } catch (CharacterCodingException e) {
      throw fault(name, "", "is not UTF-8; save it as UTF-8");
    }
  }

  private static Optional<Node> compose(String name, String text) {
    LoadSettings settings =
        LoadSettings.builder()
            .setLabel(name)
            .setCodePointLimit(MAX_BYTES)
            .setMaxAliasesForCollections(0)
            .build();
    try {
      return new Compose(settings).composeString(text);
    } catch (MarkedYamlEngineException e) {
      // Only the problem and the place: the library's message quotes the line, which may be secret.
      String line = e.getProblemMark().map(mark -> ":" + (mark.getLine() + 1)).orElse("");
      throw fault(name, line, "is not valid YAML: " + OneLine.of(e.getProblem()));
    } catch (YamlEngineException e) {
      throw fault(name, "", "is not valid YAML: " + OneLine.of(e.getMessage()));
    } catch (StackOverflowError e) {
      throw fault(name, "", "is nested too deeply; keys have a few levels");
    }
  }

  private static ConfigException fault(String name, String line, String what) {
    return ConfigException.of("the configuration", new Mistake(name + line, null, null, what));
  }

  private void root(Optional<Node> node) {
    if (node.isEmpty()) {
      return;
    }
    if (node.get() instanceof MappingNode mapping && node.get().getTag().equals(Tag.MAP)) {
      mapping("", mapping);
    } else if (!node.get().getTag().equals(Tag.NULL)) {
      mistake(name, node.get(), "must hold keys and values, as in source: {topic: transfers}");
    }
  }

  private void mapping(String prefix, MappingNode mapping) {
    for (NodeTuple entry : mapping.getValue()) {
      if (entry.getKeyNode() instanceof ScalarNode key) {
        value(prefix + key.getValue(), entry.getValueNode());
      } else {
        mistake(prefix + "?", entry.getKeyNode(), "a key must be plain text");
      }
    }
  }

  private void value(String key, Node node) {
    if (!PLAIN_TAGS.contains(node.getTag())) {
      mistake(key, node, "has a YAML tag; tags are refused, write the plain value");
    } else if (node instanceof MappingNode mapping) {
      mapping(key + ".", mapping);
    } else if (node instanceof SequenceNode sequence) {
      put(key, items(key, sequence), node);
    } else if (node.getTag().equals(Tag.NULL)) {
      mistake(key, node, "has no value; give one or remove the key");
    } else {
      put(key, List.of(((ScalarNode) node).getValue()), node);
    }
  }

  private List<String> items(String key, SequenceNode sequence) {
    List<String> items = new ArrayList<>();
    for (Node item : sequence.getValue()) {
      if (item instanceof ScalarNode scalar && PLAIN_TAGS.contains(item.getTag())) {
        items.add(scalar.getValue());
      } else {
        mistake(key, item, "a list may hold plain values only");
      }
    }
    return items;
  }

  private void put(String key, List<String> items, Node node) {
    RawValue first = values.putIfAbsent(key, new RawValue(items, origin(node)));
    if (first != null) {
      mistake(key, node, "is set twice, first at " + first.origin() + "; keep one of them");
    }
  }

  private void mistake(String key, Node node, String expected) {
    mistakes.add(new Mistake(key, null, origin(node), expected));
  }

  private String origin(Node node) {
    return name + node.getStartMark().map(mark -> ":" + (mark.getLine() + 1)).orElse("");
  }
}
