package io.onceflow.testbed.cluster;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.cfg.MapperConfig;
import com.fasterxml.jackson.databind.introspect.Annotated;
import com.fasterxml.jackson.databind.introspect.JacksonAnnotationIntrospector;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicy;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.apache.flink.kubernetes.operator.api.FlinkDeployment;
import org.apache.flink.kubernetes.operator.api.FlinkSessionJob;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;

/**
 * Reads Kubernetes manifests into the classes of the operator, more strictly than the operator
 * does: where those classes ignore or collect what they do not know, this fails.
 */
final class Manifests {
  /** The newest the published classes know; Flink 2.2 needs a later operator. */
  private static final String KNOWN_VERSION = "v1_20";

  static final String WANTED_VERSION = "v2_2";

  private static final ObjectMapper STRICT =
      new ObjectMapper()
          .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
          .setAnnotationIntrospector(new NothingIsIgnored());

  private Manifests() {}

  /** A mapping as it stands in the file, and the same as an object. */
  record Manifest(Map<String, Object> yaml, Object resource) {}

  private static final class NothingIsIgnored extends JacksonAnnotationIntrospector {
    private static final long serialVersionUID = 1L;

    @Override
    public JsonIgnoreProperties.Value findPropertyIgnoralByName(
        MapperConfig<?> config, Annotated annotated) {
      return super.findPropertyIgnoralByName(config, annotated).withoutIgnoreUnknown();
    }

    @Override
    public Boolean hasAnySetter(Annotated annotated) {
      return Boolean.FALSE;
    }
  }

  static List<Path> files(Path directory) {
    try (Stream<Path> files = Files.list(directory)) {
      return files.filter(file -> file.toString().endsWith(".yaml")).sorted().toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * Returns the documents of a file.
   *
   * @throws IllegalArgumentException if a property is not known, or a document's kind
   */
  static List<Manifest> read(String text) {
    List<Manifest> manifests = new ArrayList<>();
    for (Object document : new Load(LoadSettings.builder().build()).loadAllFromString(text)) {
      Map<String, Object> yaml = mapping(document);
      manifests.add(new Manifest(yaml, STRICT.convertValue(readable(yaml), type(yaml))));
    }
    return manifests;
  }

  private static Class<?> type(Map<String, Object> yaml) {
    return switch (yaml.get("apiVersion") + " " + yaml.get("kind")) {
      case "flink.apache.org/v1beta1 FlinkDeployment" -> FlinkDeployment.class;
      case "flink.apache.org/v1beta1 FlinkSessionJob" -> FlinkSessionJob.class;
      case "networking.k8s.io/v1 NetworkPolicy" -> NetworkPolicy.class;
      default -> throw new IllegalArgumentException("No manifest of this bundle: " + yaml);
    };
  }

  private static Map<String, Object> readable(Map<String, Object> yaml) {
    Map<String, Object> copy = new LinkedHashMap<>(yaml);
    Map<String, Object> spec = new LinkedHashMap<>(mapping(yaml.get("spec")));
    spec.computeIfPresent(
        "flinkVersion", (key, value) -> value.equals(WANTED_VERSION) ? KNOWN_VERSION : value);
    copy.put("spec", spec);
    return copy;
  }

  @SuppressWarnings("unchecked")
  static Map<String, Object> mapping(Object node) {
    return (Map<String, Object>) node;
  }
}
