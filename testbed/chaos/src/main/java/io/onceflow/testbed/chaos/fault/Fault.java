package io.onceflow.testbed.chaos.fault;

/**
 * Something that goes wrong, with its parameters. A value: nothing happens before {@link #strike}.
 */
public sealed interface Fault
    permits MemberFault, ConnectionFault, ArmedFault, DiskFault, JobFault, InputFault {

  FaultKind kind();

  /** The parameters, for people; the kind is not repeated. */
  String text();

  /**
   * Goes wrong, for as long as it lasts, and sets right again what does not do so by itself. Blocks
   * meanwhile.
   *
   * @return what became of it
   * @throws NotInjectedException when it could not begin
   * @throws Exception when what it asked of the cluster failed; it may have begun
   */
  Outcome strike(Scene scene) throws Exception;
}
