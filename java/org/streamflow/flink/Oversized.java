package org.streamflow.flink;

import java.io.Serializable;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.apache.flink.kafka.shaded.org.apache.kafka.common.header.internals.RecordHeaders;

/** Makes dead letters of records that are too large for a batch, so that they never reach Python. */
public final class Oversized implements Serializable {
    private static final long serialVersionUID = 1L;

    private final int maxValueBytes;
    private final String[] names;
    private final String[] templates;

    /**
     * @param maxValueBytes longest value that may be batched
     * @param names names of the headers that are added, in order
     * @param templates their values, in which {size}, {partition}, {offset} and {timestamp_ms} stand for the record's own
     */
    public Oversized(int maxValueBytes, String[] names, String[] templates) {
        this.maxValueBytes = maxValueBytes;
        this.names = names.clone();
        this.templates = templates.clone();
    }

    boolean holds(byte[] frame) {
        return Frames.wrap(frame).getInt(Frames.VALUE_LENGTH_AT) > maxValueBytes;
    }

    /** Returns the output frame of the dead letter. */
    byte[] deadLetter(byte[] frame) {
        ByteBuffer buffer = Frames.wrap(frame);
        String partition = Integer.toString(buffer.getInt());
        String offset = Long.toString(buffer.getLong());
        String timestampMs = Long.toString(buffer.getLong());
        int keyLength = buffer.getInt();
        int valueLength = buffer.getInt();
        int headersLength = buffer.getInt();
        byte[] key = Frames.bytes(buffer, keyLength);
        byte[] value = Frames.bytes(buffer, valueLength);
        byte[] original = Frames.bytes(buffer, headersLength);
        RecordHeaders added = new RecordHeaders();
        for (int place = 0; place < names.length; place++) {
            String text = templates[place]
                    .replace("{size}", Integer.toString(valueLength))
                    .replace("{partition}", partition)
                    .replace("{offset}", offset)
                    .replace("{timestamp_ms}", timestampMs);
            added.add(names[place], text.getBytes(StandardCharsets.UTF_8));
        }
        byte[] blob = Frames.headers(added);
        byte[] headers = new byte[original.length + blob.length];
        System.arraycopy(original, 0, headers, 0, original.length);
        System.arraycopy(blob, 0, headers, original.length, blob.length);
        return Frames.output(key, value, headers);
    }
}
