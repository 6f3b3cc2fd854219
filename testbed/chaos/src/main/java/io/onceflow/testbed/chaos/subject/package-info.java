/** What a campaign is about: a store, how it is written to, and how both are looked at. */
package io.onceflow.testbed.chaos.subject;
