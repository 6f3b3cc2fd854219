/** What a savepoint of a job depends on, as texts that are compared with committed ones. */
package io.onceflow.common.upgrade;
