/** What the documents say of the library is what it does. */
package io.onceflow.common.docs;
