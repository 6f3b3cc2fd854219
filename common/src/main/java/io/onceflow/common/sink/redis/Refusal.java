package io.onceflow.common.sink.redis;

/**
 * Why the server cannot carry out an operation of a chunk, found before the first write.
 *
 * @param index of the operation in its chunk, from 0
 * @param code stable, for machines
 */
record Refusal(int index, String code) {

  /** One sentence without anything of the row. */
  String reason() {
    return switch (code) {
      case "WRONGTYPE" -> "The key holds a value of another type than the command needs.";
      case "NOT-AN-INTEGER" -> "The key holds no integer of 64 bits to count with.";
      case "OVERFLOW" -> "The counter would leave the range of +-9.2e18.";
      default -> "The server cannot carry it out.";
    };
  }
}
