/** How a job starts: arguments to configuration to checked environment to topology. */
package io.onceflow.common.job;
