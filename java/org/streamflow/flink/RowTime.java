package org.streamflow.flink;

import java.time.Duration;
import org.apache.flink.api.common.eventtime.SerializableTimestampAssigner;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.types.Row;

/**
 * The time of a row: the earlier of two of its columns, in milliseconds since the epoch.
 *
 * <p>The event's own time and the broker's: so an event that is ahead of its time cannot make its neighbours late.
 */
public final class RowTime implements SerializableTimestampAssigner<Row> {
    private static final long serialVersionUID = 1L;

    private final int eventColumn;
    private final int brokerColumn;

    private RowTime(int eventColumn, int brokerColumn) {
        this.eventColumn = eventColumn;
        this.brokerColumn = brokerColumn;
    }

    /**
     * Returns watermarks that are made for each partition of a topic on its own.
     *
     * @param latenessMs how much earlier than the newest of its partition a row may be
     * @param idleMs after how long without a row a partition no longer holds the others back
     */
    public static WatermarkStrategy<Row> watermarks(int eventColumn, int brokerColumn, long latenessMs, long idleMs) {
        return WatermarkStrategy.<Row>forBoundedOutOfOrderness(Duration.ofMillis(latenessMs))
                .withTimestampAssigner(new RowTime(eventColumn, brokerColumn))
                .withIdleness(Duration.ofMillis(idleMs));
    }

    @Override
    public long extractTimestamp(Row row, long recordTimestamp) {
        Long event = (Long) row.getField(eventColumn);
        Long broker = (Long) row.getField(brokerColumn);
        // A row that could not be read has neither, and moves no watermark.
        return event == null || broker == null ? Long.MIN_VALUE : Math.min(event, broker);
    }
}
