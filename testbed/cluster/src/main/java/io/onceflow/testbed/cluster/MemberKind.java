package io.onceflow.testbed.cluster;

/** What a process of the cluster is. */
public enum MemberKind {
  ZOOKEEPER,
  JOBMANAGER,
  TASKMANAGER;

  /** Returns the name of the n-th of its kind, such as {@code taskmanager-1}. */
  String nameOf(int number) {
    return name().toLowerCase(java.util.Locale.ROOT) + "-" + number;
  }
}
