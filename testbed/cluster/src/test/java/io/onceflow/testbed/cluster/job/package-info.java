/** Small jobs for the tests of the cluster. */
package io.onceflow.testbed.cluster.job;
