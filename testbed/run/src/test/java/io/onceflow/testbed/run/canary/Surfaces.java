package io.onceflow.testbed.run.canary;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;

/**
 * Bytes that somebody could read, by where they are, and which of them hold a word: as UTF-8, in
 * Java's two-byte form, or in Base64 at any of its three alignments.
 */
final class Surfaces {

  private final Map<String, List<byte[]>> found = new LinkedHashMap<>();

  void add(String surface, byte[] bytes) {
    found.computeIfAbsent(surface, name -> new ArrayList<>()).add(bytes);
  }

  void add(String surface, String text) {
    add(surface, text.getBytes(StandardCharsets.UTF_8));
  }

  /** Adds all files below a directory, except those that are where the secret belongs. */
  void addFiles(String surface, Path directory, Path... except) throws IOException {
    Files.walkFileTree(
        directory,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
              throws IOException {
            if (attributes.isRegularFile() && !List.of(except).contains(file)) {
              add(surface, file.getFileName().toString());
              addContents(surface, file);
            }
            return FileVisitResult.CONTINUE;
          }

          /** A running job deletes what it needs no more. */
          @Override
          public FileVisitResult visitFileFailed(Path file, IOException gone) {
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult postVisitDirectory(Path directory, IOException gone) {
            return FileVisitResult.CONTINUE;
          }
        });
  }

  private void addContents(String surface, Path file) throws IOException {
    try {
      add(surface, Files.readAllBytes(file));
    } catch (NoSuchFileException goneMeanwhile) {
      add(surface, "");
    }
  }

  /** What any user of the machine sees of the processes that run now. */
  void addCommandLines() throws IOException {
    try (var processes = Files.newDirectoryStream(Path.of("/proc"), "[0-9]*")) {
      for (var process : processes) {
        try {
          add("command lines", Files.readAllBytes(process.resolve("cmdline")));
        } catch (IOException ended) {
          add("command lines", "");
        }
      }
    }
  }

  /** The surfaces that hold the word. */
  List<String> holding(String word) {
    var patterns = patterns(word);
    var names = new TreeSet<String>();
    found.forEach(
        (name, all) -> {
          if (all.stream().anyMatch(bytes -> patterns.stream().anyMatch(p -> holds(bytes, p)))) {
            names.add(name);
          }
        });
    return List.copyOf(names);
  }

  private static List<byte[]> patterns(String word) {
    var patterns = new ArrayList<byte[]>();
    patterns.add(word.getBytes(StandardCharsets.UTF_8));
    patterns.add(word.getBytes(StandardCharsets.UTF_16BE));
    patterns.add(word.getBytes(StandardCharsets.UTF_16LE));
    for (var shift = 0; shift < 3; shift++) {
      var shifted = Base64.getEncoder().encodeToString(("...".substring(shift) + word).getBytes());
      // The ends share their characters with what stands around the word.
      patterns.add(shifted.substring(4, shifted.length() - 4).getBytes());
    }
    return patterns;
  }

  private static boolean holds(byte[] bytes, byte[] pattern) {
    for (var i = 0; i <= bytes.length - pattern.length; i++) {
      var j = 0;
      while (j < pattern.length && bytes[i + j] == pattern[j]) {
        j++;
      }
      if (j == pattern.length) {
        return true;
      }
    }
    return false;
  }
}
