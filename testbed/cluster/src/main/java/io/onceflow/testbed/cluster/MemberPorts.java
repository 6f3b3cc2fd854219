package io.onceflow.testbed.cluster;

import io.onceflow.testbed.servers.FreePort;

/**
 * The fixed ports of one Flink process, so that it finds them again after a restart.
 *
 * @param rpc Pekko
 * @param data REST of a JobManager, the network stack of a TaskManager
 * @param blob the blob server of a JobManager; unused in a TaskManager
 */
record MemberPorts(int rpc, int data, int blob) {

  static MemberPorts free() {
    return new MemberPorts(FreePort.next(), FreePort.next(), FreePort.next());
  }

  static MemberPorts withRest(int rest) {
    return new MemberPorts(FreePort.next(), rest, FreePort.next());
  }
}
