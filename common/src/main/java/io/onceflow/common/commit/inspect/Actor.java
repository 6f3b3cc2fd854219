package io.onceflow.common.commit.inspect;

/**
 * Who acts.
 *
 * @param run the tool's own run id; also the run that owns the sink while it settles
 * @param user the operating system's user
 */
public record Actor(String run, String user) {}
