package io.onceflow.common.commit;

/**
 * One subtask's prepared rows of one epoch. Plain data.
 *
 * @param id {@code of.<sinkId>.<writer nonce>.<subtask>.<seq>}, never used twice
 * @param rows rows handed to the store, rejected ones included
 * @param bytes their encoded length
 * @param checksum one number over the encoded rows
 * @param rejected rows that became dead letters in it
 */
public record PreparedTransaction(String id, long rows, long bytes, long checksum, long rejected) {}
