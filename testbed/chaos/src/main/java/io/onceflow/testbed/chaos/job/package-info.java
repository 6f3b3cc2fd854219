/** The job under test: bank transfers from Kafka into the store that a campaign is about. */
package io.onceflow.testbed.chaos.job;
