package io.onceflow.tool;

import java.util.ArrayList;
import java.util.List;

/**
 * What a run of the tool has changed so far, in its order: it is told also when the run stops half
 * way. Not thread-safe.
 */
final class Deeds {

  private final List<String> sentences = new ArrayList<>();

  /** Notes one, after it was done. */
  void add(String sentence) {
    sentences.add(sentence);
  }

  List<String> sentences() {
    return List.copyOf(sentences);
  }
}
