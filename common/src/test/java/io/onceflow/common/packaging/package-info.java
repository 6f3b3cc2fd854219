/** What is in the jars that users submit. */
package io.onceflow.common.packaging;
