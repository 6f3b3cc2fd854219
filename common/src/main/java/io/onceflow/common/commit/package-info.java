/**
 * The commit protocols, free of any vendor.
 *
 * <p>Strategy STAGED, in the order a row meets it: {@link io.onceflow.common.commit.SegmentWriter}
 * encodes rows into a sealed {@link io.onceflow.common.commit.Segment}, {@link
 * io.onceflow.common.commit.EpochGatherer} makes one {@link io.onceflow.common.commit.Epoch} of all
 * segments of a checkpoint, {@link io.onceflow.common.commit.StagedCommitter} has a {@link
 * io.onceflow.common.commit.StagedSession} apply it in one local transaction together with its
 * commit marker.
 *
 * <p>Strategy PREPARED: {@link io.onceflow.common.commit.PreparedWriter} streams rows into a {@link
 * io.onceflow.common.commit.TransactionWriter}, the gatherer names all prepared transactions of a
 * checkpoint in one epoch, {@link io.onceflow.common.commit.PreparedCommitter} has a {@link
 * io.onceflow.common.commit.PreparedSession} decide and commit them. With a {@link
 * io.onceflow.common.commit.DecisionRegister} that is protocol THREE_PHASE.
 *
 * <p>{@link io.onceflow.common.commit.LineageRules} decides whether a start continues the history
 * that the store knows.
 */
package io.onceflow.common.commit;
