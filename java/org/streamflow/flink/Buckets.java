package org.streamflow.flink;

import java.io.IOException;
import java.io.Serializable;
import org.apache.flink.runtime.state.KeyGroupRangeAssignment;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.core.JsonFactory;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.core.JsonParser;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.core.JsonToken;
import org.apache.flink.types.Row;
import org.apache.flink.util.MathUtils;

/**
 * Maps customers to buckets, and buckets to keys that Flink spreads evenly.
 *
 * <p>Flink places a key by a hash of its own; a handful of keys taken as they come would leave some operators idle. So the
 * key of bucket i is the smallest number that falls into the middle of the i-th of {@code count} equal parts of the key groups.
 *
 * <p>Both mappings are part of the layout of the job's state: another count, or another hash, cannot read it.
 */
public final class Buckets implements Serializable {
    private static final long serialVersionUID = 1L;
    private static final JsonFactory JSON = new JsonFactory();
    /** Where records go that name no customer; they end as dead letters, so their order does not matter. */
    private static final int WITHOUT_CUSTOMER = 0;

    private final int[] keys;
    private final String customerField;

    /**
     * @param count number of buckets
     * @param maxParallelism the job's maximum parallelism, which is its number of key groups
     * @param customerField the field of the payload that names the customer, or null if the record's key does
     */
    public Buckets(int count, int maxParallelism, String customerField) {
        if (count < 1 || count > maxParallelism) {
            throw new IllegalArgumentException("expected 1 to " + maxParallelism + " buckets, got " + count);
        }
        this.keys = new int[count];
        this.customerField = customerField;
        for (int bucket = 0; bucket < count; bucket++) {
            int keyGroup = (bucket * maxParallelism + maxParallelism / 2) / count;
            int key = 0;
            while (KeyGroupRangeAssignment.assignToKeyGroup(flinkKey(key), maxParallelism) != keyGroup) {
                key++;
            }
            keys[bucket] = key;
        }
    }

    /** The key as PyFlink's key selector hands it to Flink. */
    private static Row flinkKey(int key) {
        return Row.of(key);
    }

    public int count() {
        return keys.length;
    }

    public int key(int bucket) {
        return keys[bucket];
    }

    /** Returns which operator of {@code parallelism} gets a bucket. */
    public int operatorOf(int bucket, int maxParallelism, int parallelism) {
        return KeyGroupRangeAssignment.assignKeyToParallelOperator(flinkKey(keys[bucket]), maxParallelism, parallelism);
    }

    /** Returns the bucket of a record frame. */
    public int bucketOf(byte[] frame) {
        int keyLength = Frames.wrap(frame).getInt(Frames.KEY_LENGTH_AT);
        if (customerField == null) {
            return keyLength == Frames.NULL ? WITHOUT_CUSTOMER : bucketOf(hash(frame, Frames.KEY_AT, keyLength));
        }
        int valueAt = Frames.KEY_AT + Frames.sizeOf(keyLength);
        String customer = customerIn(frame, valueAt, Frames.wrap(frame).getInt(Frames.VALUE_LENGTH_AT));
        return customer == null ? WITHOUT_CUSTOMER : bucketOf(customer.hashCode());
    }

    private int bucketOf(int hash) {
        return MathUtils.murmurHash(hash) % keys.length;
    }

    private static int hash(byte[] bytes, int from, int length) {
        int hash = 1;
        for (int place = from; place < from + length; place++) {
            hash = 31 * hash + bytes[place];
        }
        return hash;
    }

    private String customerIn(byte[] frame, int from, int length) {
        if (length <= 0) {
            return null;
        }
        try (JsonParser parser = JSON.createParser(frame, from, length)) {
            if (parser.nextToken() != JsonToken.START_OBJECT) {
                return null;
            }
            for (String name = parser.nextFieldName(); name != null; name = parser.nextFieldName()) {
                JsonToken value = parser.nextToken();
                if (name.equals(customerField)) {
                    return value == JsonToken.VALUE_STRING ? parser.getText() : null;
                }
                parser.skipChildren();
            }
            return null;
        } catch (IOException notJson) {
            return null;  // the engine will say what is wrong with it
        }
    }
}
