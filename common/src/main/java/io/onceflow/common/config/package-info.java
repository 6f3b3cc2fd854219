/** YAML, command line and environment turned into immutable, validated records. */
package io.onceflow.common.config;
