package io.onceflow.producer;

/** The job knows of numbers that this outbox has not given, or of other messages under them. */
final class RewoundException extends Exception {

  private static final long serialVersionUID = 1L;

  RewoundException(String what) {
    super(
        what
            + " The outbox was lost, restored from an old copy, or two share a producer's name. Nothing more is sent, for the job would take new messages for duplicates: give the producer a new name, and look what became of the messages in between.");
  }
}
