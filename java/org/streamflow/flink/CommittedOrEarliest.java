package org.streamflow.flink;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.flink.connector.kafka.source.enumerator.initializer.OffsetsInitializer;
import org.apache.flink.kafka.shaded.org.apache.kafka.clients.consumer.OffsetResetStrategy;
import org.apache.flink.kafka.shaded.org.apache.kafka.common.TopicPartition;

/**
 * Starts a partition where the consumer group stands, or at its beginning if the group has never been there.
 *
 * <p>A group whose offset no longer exists has lost records: with no reset strategy the job then fails and says so,
 * where the connector's own initializers would go on elsewhere in silence.
 */
@SuppressWarnings("deprecation")  // the connector still asks for this type
public final class CommittedOrEarliest implements OffsetsInitializer {
    private static final long serialVersionUID = 1L;

    @Override
    public Map<TopicPartition, Long> getPartitionOffsets(
            Collection<TopicPartition> partitions, PartitionOffsetsRetriever retriever) {
        Map<TopicPartition, Long> offsets = new HashMap<>();
        retriever.committedOffsets(partitions).forEach((partition, offset) -> {
            if (offset != null) {
                offsets.put(partition, offset);
            }
        });
        List<TopicPartition> unknown = new ArrayList<>(partitions);
        unknown.removeAll(offsets.keySet());
        if (!unknown.isEmpty()) {
            offsets.putAll(retriever.beginningOffsets(unknown));
        }
        return offsets;
    }

    @Override
    public OffsetResetStrategy getAutoOffsetResetStrategy() {
        return OffsetResetStrategy.NONE;
    }
}
