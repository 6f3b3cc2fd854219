package io.onceflow.testbed.chaos.fault;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;

/**
 * Chance that depends on the campaign's seed and the schedule's number alone, and so can be thrown
 * again. Used by one thread.
 */
final class Dice {
  private static final long GOLDEN = 0x9E3779B97F4A7C15L;

  private final Random random;
  private final long seed;
  private final int number;
  private final Terrain terrain;

  /** The dice of a schedule as a whole. What they show must not depend on the terrain. */
  Dice(long seed, int number, Terrain terrain) {
    this(seed, number, terrain, mix(seed, number));
  }

  private Dice(long seed, int number, Terrain terrain, long start) {
    this.random = new Random(start);
    this.seed = seed;
    this.number = number;
    this.terrain = terrain;
  }

  /**
   * The dice of one thing of the schedule: how often others are thrown, for what another terrain
   * has, changes nothing in them.
   */
  Dice of(String thing) {
    return new Dice(seed, number, terrain, mix(mix(seed, number), thing.hashCode()));
  }

  /** Neighbouring seeds of {@link Random} begin alike; SplitMix64's finish separates them. */
  private static long mix(long seed, long number) {
    long z = seed * GOLDEN + number;
    z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
    z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
    return z ^ (z >>> 31);
  }

  Terrain terrain() {
    return terrain;
  }

  /** From the first to the last, both included. */
  int between(int first, int last) {
    return first + random.nextInt(last - first + 1);
  }

  Duration millis(int shortest, int longest) {
    return Duration.ofMillis(between(shortest, longest));
  }

  boolean chance(double probability) {
    return random.nextDouble() < probability;
  }

  <T> T pick(List<T> choices) {
    return choices.get(random.nextInt(choices.size()));
  }

  /**
   * The card that is this schedule's turn: the cards are shuffled anew for each round, and dealt
   * one to each schedule, so that each comes once in as many schedules as there are cards.
   */
  <T> T dealt(List<T> cards) {
    return dealt(cards, number, 0);
  }

  private <T> T dealt(List<T> cards, int turn, int deck) {
    var shuffled = new ArrayList<>(cards);
    Collections.shuffle(shuffled, new Random(mix(mix(seed, deck), -1L - turn / cards.size())));
    return shuffled.get(turn % cards.size());
  }

  /** Whether a crash point joins this schedule: one of each two, on every terrain the same. */
  boolean crashPointJoins() {
    return dealt(List.of(true, false), number, 1);
  }

  /**
   * The crash point that is this schedule's turn: each once in twice as many schedules as there are
   * points. One of chance when it is no point's turn.
   */
  String crashPoint() {
    var points = terrain.crashPoints();
    return crashPointJoins() ? dealt(points, number / 2, 2) : pick(points);
  }

  /** Mostly short, sometimes longer than a heartbeat's timeout. */
  Duration pause() {
    int longest = terrain.pace().longestPauseMs();
    return chance(0.7)
        ? millis(1_000, Math.min(4_000, longest))
        : millis(Math.min(4_000, longest - 1), longest);
  }

  Duration down() {
    return millis(200, 2_500);
  }
}
