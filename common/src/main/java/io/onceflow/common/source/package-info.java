/** Sources that lose nothing: raw records, guarded decoding, dead letters, watermarks. */
package io.onceflow.common.source;
