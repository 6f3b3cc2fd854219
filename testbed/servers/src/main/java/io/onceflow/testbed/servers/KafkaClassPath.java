package io.onceflow.testbed.servers;

import java.io.File;
import java.net.URI;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.Collectors;

/**
 * The class path the broker's JVM starts with: this JVM's own.
 *
 * <p>When something else loaded Kafka here, as Maven's exec:java does, the jars of that class
 * loader.
 */
final class KafkaClassPath {
  private KafkaClassPath() {}

  static String find() {
    ClassLoader loader = KafkaClassPath.class.getClassLoader();
    if (loader instanceof URLClassLoader jars) {
      return Arrays.stream(jars.getURLs())
          .map(KafkaClassPath::file)
          .collect(Collectors.joining(File.pathSeparator));
    }
    return System.getProperty("java.class.path");
  }

  private static String file(URL url) {
    return Path.of(URI.create(url.toString())).toString();
  }
}
