package io.onceflow.testbed.chaos.campaign;

import io.onceflow.testbed.chaos.fault.Target;
import io.onceflow.testbed.chaos.report.History;
import io.onceflow.testbed.chaos.subject.Servers;
import io.onceflow.testbed.chaos.subject.Subject;
import io.onceflow.testbed.cluster.ClusterMember;
import io.onceflow.testbed.cluster.FlinkCluster;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/** All processes that a campaign of a subject keeps. */
final class Processes {

  private Processes() {}

  /** Where kills are written down and counted. */
  record Log(History history, AtomicInteger kills) {}

  static List<KeptProcess> of(FlinkCluster cluster, Subject subject, Servers servers, Log log) {
    var kept = new ArrayList<KeptProcess>();
    for (var member : cluster.members()) {
      kept.add(process(member.name(), target(member), Controls.of(member), log));
    }
    kept.add(process("store", Target.STORE, Controls.of(subject.store()), log));
    // The same broker may be the store of one subject and the input of all.
    if (subject.store() != servers.input()) {
      kept.add(process("broker", Target.BROKER, Controls.of(servers.input()), log));
    }
    return kept;
  }

  private static KeptProcess process(
      String name, Target target, KeptProcess.Control control, Log log) {
    return new KeptProcess(name, target, control, log.history(), log.kills());
  }

  private static Target target(ClusterMember member) {
    return switch (member.kind()) {
      case ZOOKEEPER -> Target.ZOOKEEPER;
      case JOBMANAGER -> Target.STANDBY;
      case TASKMANAGER -> Target.TASKMANAGER;
    };
  }
}
