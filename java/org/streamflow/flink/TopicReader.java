package org.streamflow.flink;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.stream.Collectors;
import org.apache.flink.kafka.shaded.org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.flink.kafka.shaded.org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.flink.kafka.shaded.org.apache.kafka.common.TopicPartition;
import org.apache.flink.kafka.shaded.org.apache.kafka.common.serialization.ByteArrayDeserializer;

/** Reads a topic of some megabytes from its beginning to its present end, what is committed of it. */
public final class TopicReader {
    private static final Duration POLL = Duration.ofMillis(200);

    private TopicReader() {}

    /**
     * Returns a batch frame of all records.
     *
     * @throws IllegalStateException if the end is not reached in time
     */
    public static byte[] readToEnd(Map<String, String> properties, String topic, long timeoutMs) {
        Properties consumerProperties = new Properties();
        consumerProperties.putAll(properties);
        consumerProperties.put("enable.auto.commit", "false");
        consumerProperties.put("auto.offset.reset", "none");
        consumerProperties.put("isolation.level", "read_committed");
        consumerProperties.remove("group.id");
        Duration timeout = Duration.ofMillis(timeoutMs);
        long deadlineNs = System.nanoTime() + timeout.toNanos();
        List<byte[]> frames = new ArrayList<>();
        try (KafkaConsumer<byte[], byte[]> consumer =
                new KafkaConsumer<>(consumerProperties, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
            List<TopicPartition> partitions = consumer.partitionsFor(topic, timeout).stream()
                    .map(partition -> new TopicPartition(topic, partition.partition()))
                    .collect(Collectors.toList());
            Map<TopicPartition, Long> ends = consumer.endOffsets(partitions, timeout);
            consumer.assign(partitions);
            consumer.seekToBeginning(partitions);
            while (!isAt(consumer, ends, timeout)) {
                if (System.nanoTime() > deadlineNs) {
                    throw new IllegalStateException("the end of " + topic + " was not reached in " + timeout);
                }
                for (ConsumerRecord<byte[], byte[]> record : consumer.poll(POLL)) {
                    frames.add(Frames.record(record));
                }
            }
        }
        byte[] batch = new byte[4 + frames.stream().mapToInt(frame -> frame.length).sum()];
        ByteBuffer buffer = Frames.wrap(batch).putInt(frames.size());
        frames.forEach(buffer::put);
        return batch;
    }

    private static boolean isAt(KafkaConsumer<byte[], byte[]> consumer, Map<TopicPartition, Long> ends, Duration timeout) {
        return ends.entrySet().stream().allMatch(end -> consumer.position(end.getKey(), timeout) >= end.getValue());
    }
}
