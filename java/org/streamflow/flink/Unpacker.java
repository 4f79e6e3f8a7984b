package org.streamflow.flink;

import java.nio.ByteBuffer;
import java.util.Arrays;
import org.apache.flink.api.common.typeinfo.PrimitiveArrayTypeInfo;
import org.apache.flink.streaming.api.functions.ProcessFunction;
import org.apache.flink.util.Collector;
import org.apache.flink.util.OutputTag;

/** Takes the results of a batch apart: decisions go on, alerts and dead letters leave by side outputs. */
public final class Unpacker extends ProcessFunction<byte[], byte[]> {
    public static final OutputTag<byte[]> ALERTS =
            new OutputTag<>("alerts", PrimitiveArrayTypeInfo.BYTE_PRIMITIVE_ARRAY_TYPE_INFO);
    public static final OutputTag<byte[]> DEAD_LETTERS =
            new OutputTag<>("dead-letters", PrimitiveArrayTypeInfo.BYTE_PRIMITIVE_ARRAY_TYPE_INFO);

    private static final long serialVersionUID = 1L;
    private static final int SCORED_BIT = 1;
    private static final int ALERT_BIT = 2;
    private static final int DEAD_LETTER_BIT = 4;

    @Override
    public void processElement(byte[] results, Context context, Collector<byte[]> scored) {
        ByteBuffer buffer = Frames.wrap(results);
        int place = 0;
        while (place < results.length) {
            int targets = buffer.get(place++);
            int length = Frames.LENGTHS_BYTES
                    + Frames.sizeOf(buffer.getInt(place))
                    + Frames.sizeOf(buffer.getInt(place + 4))
                    + buffer.getInt(place + 8);
            byte[] frame = Arrays.copyOfRange(results, place, place + length);
            place += length;
            if ((targets & SCORED_BIT) != 0) {
                scored.collect(frame);
            }
            if ((targets & ALERT_BIT) != 0) {
                context.output(ALERTS, frame);
            }
            if ((targets & DEAD_LETTER_BIT) != 0) {
                context.output(DEAD_LETTERS, frame);
            }
        }
    }
}
