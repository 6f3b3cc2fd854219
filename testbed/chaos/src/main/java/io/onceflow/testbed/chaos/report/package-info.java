/** What a campaign did and found, as Markdown and as one page of HTML, from its history alone. */
package io.onceflow.testbed.chaos.report;
