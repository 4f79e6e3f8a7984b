package org.streamflow.flink;

import java.nio.ByteBuffer;
import org.apache.flink.connector.kafka.sink.KafkaRecordSerializationSchema;
import org.apache.flink.kafka.shaded.org.apache.kafka.clients.producer.ProducerRecord;

/** Turns an output frame into a Kafka record of one topic; partition and timestamp are left to the producer. */
public final class OutputWriter implements KafkaRecordSerializationSchema<byte[]> {
    private static final long serialVersionUID = 1L;

    private final String topic;

    public OutputWriter(String topic) {
        this.topic = topic;
    }

    @Override
    public ProducerRecord<byte[], byte[]> serialize(byte[] frame, KafkaSinkContext context, Long timestamp) {
        ByteBuffer buffer = Frames.wrap(frame);
        int keyLength = buffer.getInt();
        int valueLength = buffer.getInt();
        buffer.getInt();
        byte[] key = Frames.bytes(buffer, keyLength);
        byte[] value = Frames.bytes(buffer, valueLength);
        return new ProducerRecord<>(topic, null, null, key, value, Frames.headers(buffer));
    }
}
