package io.onceflow.common.commit;

/**
 * What happens when a run starts while another one works for the same sink. Correctness does not
 * depend on it: whoever claims the sink fences everybody before.
 */
public enum LeasePolicy {
  /** No lease is asked for: the newer run fences the older one, which ends at its next commit. */
  NONE,
  /** The newer run waits until the older one's lease may have run out, and is refused if not. */
  REFUSE,
  /** The newer run takes the lease over, and the older one ends when it next renews it. */
  TAKE_OVER
}
