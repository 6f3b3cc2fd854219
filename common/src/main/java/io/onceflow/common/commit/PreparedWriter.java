package io.onceflow.common.commit;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.zip.CRC32C;
import org.apache.flink.api.common.eventtime.Watermark;
import org.apache.flink.api.connector.sink2.CommittingSinkWriter;
import org.apache.flink.metrics.Counter;
import org.apache.flink.metrics.groups.SinkWriterMetricGroup;

/**
 * Phase 1 of PREPARED: streams rows into a transaction that is open for the whole epoch and
 * prepares it at the barrier. It has no state.
 *
 * <p>Two kinds of rows wait in segments instead, as in STAGED. Rows of tables that take upserts:
 * their row locks would outlive the barrier in a prepared transaction. And all rows of the
 * attempt's first epoch: what an earlier attempt left prepared may hold their unique keys, and is
 * rolled back only when a checkpoint of this attempt has completed.
 *
 * <p>The task's thread encodes; a thread of the writer's own talks to the store, a few batches
 * behind, so that a store which does not answer never holds up cancellation.
 *
 * @param <T> the sink's input
 */
final class PreparedWriter<T> implements CommittingSinkWriter<T, Segment> {

  private static final int BATCH_BYTES = 256 * 1024;
  private static final int BATCHES_UNDER_WAY = 4;
  private static final long UPSERT_BUFFER_BYTES = 32L << 20;

  private final String nonce = UUID.randomUUID().toString().replace("-", "");
  private final SinkSettings settings;
  private final String description;
  private final RowEncoder<T> encoder;
  private final TransactionWriter transactions;
  private final ExecutorService thread;
  private final Deque<Future<?>> underWay = new ArrayDeque<>();
  private final int subtask;
  private final Batch[] batches;
  private final UpsertBuffer[] upserts;
  private final PartWriter[] parts;
  private final RowBuffer row = new RowBuffer(512);
  private final RowBuffer key = new RowBuffer(64);
  private final Counter rowsOut;
  private final Counter rejected;

  private TransactionId open;
  private long bytes;
  private long checksum;
  private long watermarkMs = Long.MIN_VALUE;
  private long sequence;

  /** Rows on their way to one target. */
  private static final class Batch {
    private RowBuffer rows = new RowBuffer(BATCH_BYTES);
    private long rowCount;
    private long rowsOfEpoch;
    private final RowSum sumOfEpoch = new RowSum();
  }

  PreparedWriter(
      PreparedStore<T> store, SinkSettings settings, int subtask, SinkWriterMetricGroup metrics) {
    this.settings = settings;
    this.description = "Sink '%s', %s".formatted(settings.sinkId(), store.description());
    this.encoder = store.createEncoder();
    this.transactions = store.createTransactionWriter(settings.sinkId(), settings.onReject());
    this.thread = Executors.newSingleThreadExecutor(StoreCalls::daemon);
    this.subtask = subtask;
    var targets = store.targets().size();
    this.batches = new Batch[targets];
    this.upserts = new UpsertBuffer[targets];
    this.parts = new PartWriter[targets];
    for (var i = 0; i < targets; i++) {
      batches[i] = new Batch();
      parts[i] = new PartWriter(settings.segmentStorage(), nonce, i, settings.inlineLimitBytes());
    }
    this.rowsOut = metrics.getNumRecordsSendCounter();
    this.rejected = metrics.getNumRecordsOutErrorsCounter();
  }

  @Override
  public void write(T value, Context context) throws IOException, InterruptedException {
    row.clear();
    key.clear();
    try {
      var target = encoder.encode(value, row, key);
      if (key.length() == 0) {
        append(target);
      } else {
        upsert(target);
      }
      rowsOut.inc();
    } catch (RowRejectedException e) {
      reject(value, e);
    }
  }

  @Override
  public void writeWatermark(Watermark watermark) {
    watermarkMs = Math.max(watermarkMs, watermark.getTimestamp());
  }

  private void append(int target) throws IOException, InterruptedException {
    if (sequence == 0) {
      keep(target, row.array(), row.length());
      return;
    }
    var batch = batches[target];
    if (batch.rowCount > 0 && batch.rows.length() + row.length() > BATCH_BYTES) {
      send(target);
    }
    batch.rows.putBytes(row.array(), 0, row.length());
    batch.rowCount++;
    batch.sumOfEpoch.add(row.array(), row.length());
    batch.rowsOfEpoch++;
  }

  private void upsert(int target) throws IOException, InterruptedException {
    if (upserts[target] == null) {
      upserts[target] = new UpsertBuffer(UPSERT_BUFFER_BYTES);
    }
    upserts[target].put(key, row, (bytes, length) -> keep(target, bytes, length));
  }

  private void keep(int target, byte[] rowBytes, int length) throws IOException {
    parts[target].append(rowBytes, length, sequence);
  }

  private void reject(T value, RowRejectedException rejection)
      throws IOException, InterruptedException {
    if (settings.onReject() == OnReject.FAIL) {
      throw new IOException(rejection.failure());
    }
    row.clear();
    append(encoder.encodeDeadLetter(value, rejection, row));
    rejected.inc();
  }

  private void send(int target) throws IOException, InterruptedException {
    var batch = batches[target];
    if (batch.rowCount == 0) {
      return;
    }
    begin();
    var rows = batch.rows;
    var rowCount = batch.rowCount;
    add(rows.array(), rows.length());
    submit(() -> transactions.append(target, rows.array(), rows.length(), rowCount));
    batch.rows = new RowBuffer(BATCH_BYTES);
    batch.rowCount = 0;
  }

  private void add(byte[] rows, int length) {
    var crc = new CRC32C();
    crc.update(rows, 0, length);
    checksum = 31 * checksum + crc.getValue();
    bytes += length;
  }

  private void begin() throws IOException, InterruptedException {
    if (open == null) {
      open = new TransactionId(settings.sinkId(), nonce, subtask, sequence);
      var id = open.toString();
      CrashPoints.reach(CrashPoints.WRITE_BEFORE_BEGIN);
      submit(() -> transactions.begin(id));
    }
  }

  /** A step that runs on the store's thread. */
  private interface Step {
    void run() throws StoreException;
  }

  private void submit(Step step) throws IOException, InterruptedException {
    while (underWay.size() >= BATCHES_UNDER_WAY) {
      await(underWay.remove());
    }
    underWay.add(
        thread.submit(
            () -> {
              step.run();
              CrashPoints.reach(CrashPoints.WRITE_MIDDLE);
              return null;
            }));
  }

  private <R> R await(Future<R> result) throws IOException, InterruptedException {
    try {
      return result.get();
    } catch (InterruptedException e) {
      transactions.abort();
      throw e;
    } catch (ExecutionException e) {
      throw new IOException(
          "%s: %s The open transaction is rolled back and the job replays its rows."
              .formatted(description, e.getCause().getMessage()),
          e.getCause());
    }
  }

  /** Nothing is pending between rows: preparing happens in {@link #prepareCommit()}. */
  @Override
  public void flush(boolean endOfInput) {}

  /** Always one segment, also for an empty epoch: the gatherer learns from it who is alive. */
  @Override
  public Collection<Segment> prepareCommit() throws IOException, InterruptedException {
    for (var target = 0; target < batches.length; target++) {
      send(target);
    }
    while (!underWay.isEmpty()) {
      await(underWay.remove());
    }
    var prepared = open == null ? null : prepare();
    var sealed = sealParts();
    sequence++;
    return List.of(Segment.prepared(nonce, subtask, sealed, prepared));
  }

  private List<SegmentPart> sealParts() throws IOException {
    var sealed = new ArrayList<SegmentPart>();
    for (var i = 0; i < parts.length; i++) {
      var target = i;
      if (upserts[i] != null) {
        upserts[i].drain((rowBytes, length) -> keep(target, rowBytes, length));
      }
      var part = parts[i].seal(sequence);
      if (part != null) {
        sealed.add(part);
      }
    }
    return sealed;
  }

  private PreparedTransaction prepare() throws IOException, InterruptedException {
    var rowsByTarget = new ArrayList<Long>(batches.length);
    var sumsByTarget = new ArrayList<Long>(batches.length);
    for (var batch : batches) {
      rowsByTarget.add(batch.rowsOfEpoch);
      sumsByTarget.add(batch.sumOfEpoch.value());
      batch.rowsOfEpoch = 0;
      batch.sumOfEpoch.reset();
    }
    var totals = new TransactionTotals(bytes, checksum, watermarkMs, rowsByTarget, sumsByTarget);
    CrashPoints.reach(CrashPoints.PREPARE_BEFORE);
    var refused = await(thread.submit(() -> transactions.prepare(totals)));
    CrashPoints.reach(CrashPoints.PREPARE_AFTER);
    var prepared =
        new PreparedTransaction(open.toString(), totals.rows(), bytes, checksum, refused);
    open = null;
    bytes = 0;
    checksum = 0;
    return prepared;
  }

  /** Rolls back what is open and leaves prepared transactions alone: a checkpoint may own them. */
  @Override
  public void close() throws IOException {
    transactions.abort();
    thread.submit(transactions::close);
    thread.shutdown();
    for (var part : parts) {
      part.abandon();
    }
  }
}
