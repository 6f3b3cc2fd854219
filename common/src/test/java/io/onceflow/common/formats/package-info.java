/** What is in savepoints, segments and stores: bytes that have to be read for ever. */
package io.onceflow.common.formats;
