/**
 * Flink's own test suite for sinks ({@code flink-connector-test-utils}), over the sinks of this
 * project. A store adds a {@link io.onceflow.common.sink.peer.PeerContext} and a subclass of {@link
 * io.onceflow.common.sink.peer.PeerSinkSuite}; the rest is here.
 */
package io.onceflow.common.sink.peer;
