package org.streamflow.flink;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import org.apache.flink.metrics.Counter;
import org.apache.flink.metrics.MetricGroup;

/** Many counters that Python adds to in one call, because each call costs more than the counting. */
public final class CounterBank {
    private final MetricGroup group;
    private final List<Counter> counters = new ArrayList<>();

    /** Makes an empty bank of an operator's metric group. */
    public CounterBank(MetricGroup group) {
        this.group = group;
    }

    /**
     * Registers a counter and returns its number.
     *
     * @param labels names and values in turn
     */
    public int register(String name, List<String> labels) {
        MetricGroup labelled = group;
        for (int place = 0; place < labels.size(); place += 2) {
            labelled = labelled.addGroup(labels.get(place), labels.get(place + 1));
        }
        counters.add(labelled.counter(name));
        return counters.size() - 1;
    }

    /** Adds to counters: little-endian int32 pairs of a counter's number and what is added. */
    public void add(byte[] additions) {
        ByteBuffer pairs = ByteBuffer.wrap(additions).order(ByteOrder.LITTLE_ENDIAN);
        while (pairs.hasRemaining()) {
            counters.get(pairs.getInt()).inc(pairs.getInt());
        }
    }
}
