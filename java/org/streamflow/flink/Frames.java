package org.streamflow.flink;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.apache.flink.kafka.shaded.org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.flink.kafka.shaded.org.apache.kafka.common.header.Header;
import org.apache.flink.kafka.shaded.org.apache.kafka.common.header.Headers;
import org.apache.flink.kafka.shaded.org.apache.kafka.common.header.internals.RecordHeaders;

/**
 * The bytes that cross between Java and Python; {@code streamflow.flink.frames} is the other side.
 *
 * <p>Everything is little endian, -1 is the length of a null. A <em>record</em> is int32 partition, int64 offset, int64
 * timestamp, and an output. An <em>output</em> is int32 key length, int32 value length, int32 headers length, key, value,
 * headers. A header is uint16 name length, name in UTF-8, int32 value length, value.
 */
final class Frames {
    static final int NULL = -1;
    /** Bytes of a record in front of its output. */
    static final int PLACE_BYTES = 20;
    /** The three lengths of an output. */
    static final int LENGTHS_BYTES = 12;
    static final int KEY_LENGTH_AT = PLACE_BYTES;
    static final int VALUE_LENGTH_AT = PLACE_BYTES + 4;
    static final int KEY_AT = PLACE_BYTES + LENGTHS_BYTES;

    private static final int MAX_HEADER_NAME_BYTES = 0xFFFF;

    private Frames() {}

    static ByteBuffer wrap(byte[] bytes) {
        return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }

    static int sizeOf(int length) {
        return Math.max(0, length);
    }

    static byte[] record(ConsumerRecord<byte[], byte[]> record) {
        byte[] headers = headers(record.headers());
        byte[] frame = new byte[KEY_AT + sizeOf(length(record.key())) + sizeOf(length(record.value())) + headers.length];
        ByteBuffer buffer = wrap(frame).putInt(record.partition()).putLong(record.offset()).putLong(record.timestamp());
        putOutput(buffer, record.key(), record.value(), headers);
        return frame;
    }

    static byte[] output(byte[] key, byte[] value, byte[] headers) {
        byte[] frame = new byte[LENGTHS_BYTES + sizeOf(length(key)) + sizeOf(length(value)) + headers.length];
        putOutput(wrap(frame), key, value, headers);
        return frame;
    }

    private static void putOutput(ByteBuffer buffer, byte[] key, byte[] value, byte[] headers) {
        buffer.putInt(length(key)).putInt(length(value)).putInt(headers.length);
        if (key != null) {
            buffer.put(key);
        }
        if (value != null) {
            buffer.put(value);
        }
        buffer.put(headers);
    }

    static byte[] headers(Headers headers) {
        int size = 0;
        for (Header header : headers) {
            size += 6 + nameOf(header).length + sizeOf(length(header.value()));
        }
        byte[] blob = new byte[size];
        if (size == 0) {
            return blob;
        }
        ByteBuffer buffer = wrap(blob);
        for (Header header : headers) {
            byte[] name = nameOf(header);
            buffer.putShort((short) name.length).put(name).putInt(length(header.value()));
            if (header.value() != null) {
                buffer.put(header.value());
            }
        }
        return blob;
    }

    private static byte[] nameOf(Header header) {
        byte[] name = header.key().getBytes(StandardCharsets.UTF_8);
        if (name.length > MAX_HEADER_NAME_BYTES) {
            // Cutting it keeps the record readable; failing would stop the job at this record for ever.
            return Arrays.copyOf(name, MAX_HEADER_NAME_BYTES);
        }
        return name;
    }

    /** Reads headers up to the buffer's limit. */
    static RecordHeaders headers(ByteBuffer buffer) {
        RecordHeaders headers = new RecordHeaders();
        while (buffer.hasRemaining()) {
            byte[] name = bytes(buffer, Short.toUnsignedInt(buffer.getShort()));
            headers.add(new String(name, StandardCharsets.UTF_8), bytes(buffer, buffer.getInt()));
        }
        return headers;
    }

    static byte[] bytes(ByteBuffer buffer, int length) {
        if (length == NULL) {
            return null;
        }
        byte[] bytes = new byte[length];
        buffer.get(bytes);
        return bytes;
    }

    private static int length(byte[] bytes) {
        return bytes == null ? NULL : bytes.length;
    }
}
