/**
 * Exactly once into one Redis server: rows become operations, and an epoch is applied, with its
 * marker, by scripts that run alone.
 */
package io.onceflow.common.sink.redis;
