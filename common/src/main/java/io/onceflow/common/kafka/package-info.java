/**
 * How every client of Kafka connects: properties that hold references to secrets, never secrets.
 */
package io.onceflow.common.kafka;
