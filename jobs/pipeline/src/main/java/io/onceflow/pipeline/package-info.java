/** The pipeline job: numbers from one topic, doubled, into another. The tutorial's example. */
package io.onceflow.pipeline;
