package io.onceflow.common.commit.conformance;

/**
 * What every {@link io.onceflow.common.commit.StagedStore} must do whose server is reached over a
 * network: connections that break at every piece, zombies whose pieces arrive late, and a server
 * that is killed.
 */
public abstract class StagedNetworkSuite extends NetworkCases {

  @Override
  final Protocol protocol(TestTargets targets) {
    return StagedProtocol.over(targets);
  }
}
