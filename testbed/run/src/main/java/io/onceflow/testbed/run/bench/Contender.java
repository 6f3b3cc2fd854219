package io.onceflow.testbed.run.bench;

/** Something that writes a workload into a database. */
interface Contender {

  /** Its name in the report, without spaces. */
  String name();

  /** The settings that matter, for the progress lines. */
  String settings();

  /** Writes the workload; the table is there and empty. */
  Timing write(Workload workload, BenchDatabase database) throws Exception;
}
