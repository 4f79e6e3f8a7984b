package org.streamflow.flink;

import java.util.Arrays;
import org.apache.flink.api.common.typeinfo.PrimitiveArrayTypeInfo;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.streaming.api.operators.AbstractStreamOperator;
import org.apache.flink.streaming.api.operators.BoundedOneInput;
import org.apache.flink.streaming.api.operators.OneInputStreamOperator;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.types.Row;
import org.apache.flink.util.OutputTag;

/**
 * Collects record frames for some milliseconds and hands them on in one array a bucket: {@code Row(key of the bucket, batch)}.
 *
 * <p>It stands in the source's chain, before the shuffle, and keeps the order of each partition. Whatever it holds is handed
 * on before a checkpoint's barrier and at the end of the input, so it has no state and loses nothing.
 */
public final class MicroBatcher extends AbstractStreamOperator<Row>
        implements OneInputStreamOperator<byte[], Row>, BoundedOneInput {
    /** Dead letters of records that are too large for a batch. */
    public static final OutputTag<byte[]> OVERSIZED =
            new OutputTag<>("oversized", PrimitiveArrayTypeInfo.BYTE_PRIMITIVE_ARRAY_TYPE_INFO);
    public static final TypeInformation<Row> TYPE =
            Types.ROW(Types.INT, PrimitiveArrayTypeInfo.BYTE_PRIMITIVE_ARRAY_TYPE_INFO);

    private static final long serialVersionUID = 1L;
    private static final int COUNT_BYTES = 4;
    private static final int INITIAL_BYTES = 16 * 1024;

    private final Buckets buckets;
    private final Oversized oversized;
    private final long delayMs;
    private final int maxRecords;
    private final int maxBytes;

    private transient byte[][] batches;
    private transient int[] lengths;
    private transient int[] counts;
    private transient boolean timerIsSet;

    /**
     * @param delayMs how long a record may wait for others; with 0 each record is a batch
     * @param maxRecords a batch with so many records goes at once
     * @param maxBytes a batch goes before it grows beyond this; a single larger record still makes a batch
     */
    public MicroBatcher(Buckets buckets, Oversized oversized, long delayMs, int maxRecords, int maxBytes) {
        this.buckets = buckets;
        this.oversized = oversized;
        this.delayMs = delayMs;
        this.maxRecords = delayMs == 0 ? 1 : maxRecords;
        this.maxBytes = maxBytes;
    }

    @Override
    public void open() throws Exception {
        super.open();
        batches = new byte[buckets.count()][INITIAL_BYTES];
        lengths = new int[buckets.count()];
        counts = new int[buckets.count()];
        Arrays.fill(lengths, COUNT_BYTES);
    }

    @Override
    public void processElement(StreamRecord<byte[]> element) {
        byte[] frame = element.getValue();
        if (oversized.holds(frame)) {
            output.collect(OVERSIZED, new StreamRecord<>(oversized.deadLetter(frame)));
            return;
        }
        int bucket = buckets.bucketOf(frame);
        if (counts[bucket] > 0 && lengths[bucket] + frame.length > maxBytes) {
            flush(bucket);
        }
        append(bucket, frame);
        if (counts[bucket] >= maxRecords) {
            flush(bucket);
        } else if (!timerIsSet) {
            timerIsSet = true;
            long now = getProcessingTimeService().getCurrentProcessingTime();
            getProcessingTimeService().registerTimer(now + delayMs, time -> {
                timerIsSet = false;
                flushAll();
            });
        }
    }

    private void append(int bucket, byte[] frame) {
        int needed = lengths[bucket] + frame.length;
        if (needed > batches[bucket].length) {
            batches[bucket] = Arrays.copyOf(batches[bucket], Math.max(needed, 2 * batches[bucket].length));
        }
        System.arraycopy(frame, 0, batches[bucket], lengths[bucket], frame.length);
        lengths[bucket] = needed;
        counts[bucket]++;
    }

    private void flush(int bucket) {
        byte[] batch = Arrays.copyOf(batches[bucket], lengths[bucket]);
        Frames.wrap(batch).putInt(0, counts[bucket]);
        lengths[bucket] = COUNT_BYTES;
        counts[bucket] = 0;
        output.collect(new StreamRecord<>(Row.of(buckets.key(bucket), batch)));
    }

    private void flushAll() {
        for (int bucket = 0; bucket < counts.length; bucket++) {
            if (counts[bucket] > 0) {
                flush(bucket);
            }
        }
    }

    @Override
    public void prepareSnapshotPreBarrier(long checkpointId) throws Exception {
        flushAll();
        super.prepareSnapshotPreBarrier(checkpointId);
    }

    @Override
    public void endInput() {
        flushAll();
    }
}
