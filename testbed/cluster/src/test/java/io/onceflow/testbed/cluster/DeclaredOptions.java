package io.onceflow.testbed.cluster;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.jar.JarFile;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.IllegalConfigurationException;

/** Every {@link ConfigOption} that the jars of the cluster's lib declare, by its key of today. */
final class DeclaredOptions {
  private final Map<String, ConfigOption<?>> byKey = new TreeMap<>();
  private final List<String> unreadable = new ArrayList<>();

  /** Looks into the Flink jars of {@code lib}. */
  static DeclaredOptions ofLib() {
    DeclaredOptions options = new DeclaredOptions();
    List<Path> jars =
        FlinkLib.find(null).jars().stream()
            .filter(jar -> jar.getFileName().toString().startsWith("flink-"))
            .toList();
    try (URLClassLoader loader =
        new URLClassLoader(
            jars.stream().map(DeclaredOptions::url).toArray(URL[]::new),
            DeclaredOptions.class.getClassLoader())) {
      jars.forEach(jar -> options.addAllOf(jar, loader));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return options;
  }

  int size() {
    return byKey.size();
  }

  /** Returns the classes of options whose own dependencies are not in lib. */
  List<String> unreadable() {
    return unreadable;
  }

  /** Returns what is wrong with keys and values: unknown, of an earlier name, not of the type. */
  List<String> mistakes(Map<String, String> settings) {
    List<String> mistakes = new ArrayList<>();
    Configuration configuration = Configuration.fromMap(settings);
    settings.forEach(
        (key, value) -> {
          ConfigOption<?> option = byKey.get(key);
          if (option == null) {
            mistakes.add(key + " is no key of Flink");
          } else {
            readable(configuration, option, mistakes);
          }
        });
    return mistakes;
  }

  private static void readable(
      Configuration configuration, ConfigOption<?> option, List<String> mistakes) {
    try {
      configuration.getOptional(option);
    } catch (IllegalArgumentException | IllegalConfigurationException e) {
      mistakes.add(option.key() + " has a value that cannot be read: " + e.getMessage());
    }
  }

  private void addAllOf(Path jar, ClassLoader loader) {
    try (JarFile file = new JarFile(jar.toFile())) {
      file.stream()
          .map(entry -> entry.getName())
          .filter(name -> name.endsWith(".class") && name.contains("Options"))
          .filter(name -> !name.contains("/shaded/"))
          .map(name -> name.replace('/', '.').substring(0, name.length() - ".class".length()))
          .forEach(name -> addAllOf(name, loader));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void addAllOf(String className, ClassLoader loader) {
    try {
      for (Field field : Class.forName(className, false, loader).getDeclaredFields()) {
        if (Modifier.isStatic(field.getModifiers()) && field.getType() == ConfigOption.class) {
          field.setAccessible(true);
          ConfigOption<?> option = (ConfigOption<?>) field.get(null);
          byKey.put(option.key(), option);
        }
      }
    } catch (ReflectiveOperationException | LinkageError e) {
      // Its keys would count as unknown, so a shipped one among them fails the test.
      unreadable.add(className);
    }
  }

  private static URL url(Path jar) {
    try {
      return jar.toUri().toURL();
    } catch (java.net.MalformedURLException e) {
      throw new UncheckedIOException(e);
    }
  }
}
