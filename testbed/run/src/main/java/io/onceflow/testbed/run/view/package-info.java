/** The live view: what an independent reader of the database sees while the job runs. */
package io.onceflow.testbed.run.view;
