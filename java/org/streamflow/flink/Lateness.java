package org.streamflow.flink;

import java.util.List;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.state.ListState;
import org.apache.flink.api.common.state.ListStateDescriptor;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.metrics.Counter;
import org.apache.flink.runtime.state.FunctionInitializationContext;
import org.apache.flink.runtime.state.FunctionSnapshotContext;
import org.apache.flink.streaming.api.checkpoint.CheckpointedFunction;
import org.apache.flink.streaming.api.functions.ProcessFunction;
import org.apache.flink.types.Row;
import org.apache.flink.util.Collector;

/**
 * Writes into rows that come too late by how much; Flink's windows would drop such rows without a word.
 *
 * <p>It stands behind the source, in front of the windows, and no watermark overtakes a row in between: what is not marked here
 * is counted there. A source forgets its watermark in a failure, and the windows do not; so it is remembered here too. Rows
 * that could not be read end here; another job keeps them.
 */
public final class Lateness extends ProcessFunction<Row, Row> implements CheckpointedFunction {
    private static final long serialVersionUID = 1L;

    private final int whyColumn;
    private final int lateByColumn;
    private final long windowMs;

    private long watermark = Long.MIN_VALUE;
    private transient ListState<Long> watermarks;
    private transient Counter late;
    private transient Counter unreadable;

    /**
     * @param whyColumn place of what is wrong with a row
     * @param lateByColumn place of the milliseconds that its window has been closed for; stays null in a row that is in time
     * @param windowMs length of the windows, which begin at multiples of it
     */
    public Lateness(int whyColumn, int lateByColumn, long windowMs) {
        this.whyColumn = whyColumn;
        this.lateByColumn = lateByColumn;
        this.windowMs = windowMs;
    }

    @Override
    public void open(OpenContext context) {
        late = getRuntimeContext().getMetricGroup().counter("late_events");
        unreadable = getRuntimeContext().getMetricGroup().counter("unreadable_records");
    }

    @Override
    public void processElement(Row row, Context context, Collector<Row> out) {
        if (row.getField(whyColumn) != null) {
            unreadable.inc();
            return;
        }
        long lastOfWindow = Math.floorDiv(context.timestamp(), windowMs) * windowMs + windowMs - 1;
        watermark = Math.max(watermark, context.timerService().currentWatermark());
        if (lastOfWindow <= watermark) {
            row.setField(lateByColumn, watermark - lastOfWindow);
            late.inc();
        }
        out.collect(row);
    }

    @Override
    public void snapshotState(FunctionSnapshotContext context) throws Exception {
        watermarks.update(List.of(watermark));
    }

    @Override
    public void initializeState(FunctionInitializationContext context) throws Exception {
        watermarks = context.getOperatorStateStore().getUnionListState(new ListStateDescriptor<>("watermark", Types.LONG));
        if (context.isRestored()) {
            watermark = Long.MAX_VALUE;
            // The windows had that of the slowest.
            for (long other : watermarks.get()) {
                watermark = Math.min(watermark, other);
            }
        }
    }
}
