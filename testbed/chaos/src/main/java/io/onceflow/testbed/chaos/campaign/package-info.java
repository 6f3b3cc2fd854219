/** The campaign: its loop, the cluster as faults see it, its progress and its history. */
package io.onceflow.testbed.chaos.campaign;
