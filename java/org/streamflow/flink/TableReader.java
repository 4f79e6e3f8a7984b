package org.streamflow.flink;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.apache.flink.api.common.typeinfo.PrimitiveArrayTypeInfo;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.connector.kafka.source.reader.deserializer.KafkaRecordDeserializationSchema;
import org.apache.flink.kafka.shaded.org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.flink.kafka.shaded.org.apache.kafka.common.header.Header;
import org.apache.flink.types.Row;
import org.apache.flink.util.Collector;

/**
 * Turns a Kafka record into the row of a table.
 *
 * <p>Every record becomes a row: one that the table cannot hold has {@code why}, and its columns mean nothing. So no record
 * can stop a job, and none is passed over in silence, as Flink's own formats would have it.
 */
public final class TableReader implements KafkaRecordDeserializationSchema<Row> {
    private static final long serialVersionUID = 1L;
    private static final String HEADER = "header:";
    private static final String RECORD = "record:";
    private static final String[] RECORD_COLUMNS = {
        "why", "topic", "topic_partition", "topic_offset", "record_timestamp", "key_head", "value_head", "value_bytes"
    };
    private static final TypeInformation<?>[] RECORD_TYPES = {
        Types.STRING, Types.STRING, Types.INT, Types.LONG, Types.STRING,
        PrimitiveArrayTypeInfo.BYTE_PRIMITIVE_ARRAY_TYPE_INFO, PrimitiveArrayTypeInfo.BYTE_PRIMITIVE_ARRAY_TYPE_INFO, Types.INT
    };

    private final List<Column> columns = new ArrayList<>();
    private final int headBytes;
    private final boolean alwaysWithRecord;
    private JsonColumns json;

    /**
     * @param headBytes how much of key and value a row carries
     * @param alwaysWithRecord whether every row carries the record's place and the heads, or only one with {@code why}
     */
    public TableReader(int headBytes, boolean alwaysWithRecord) {
        this.headBytes = headBytes;
        this.alwaysWithRecord = alwaysWithRecord;
        this.json = new JsonColumns(columns);
    }

    /**
     * Adds a column, and returns this.
     *
     * @param source where its value stands: {@code /a/b} in the JSON value, {@code header:NAME}, or {@code record:offset}
     * @param kind name of a {@link ColumnKind}
     */
    public TableReader column(String name, String source, String kind, boolean isRequired, int maxCharacters, int precision, int scale) {
        columns.add(new Column(name, source, ColumnKind.valueOf(kind), isRequired, maxCharacters, precision, scale));
        json = new JsonColumns(columns);
        return this;
    }

    @Override
    public void deserialize(ConsumerRecord<byte[], byte[]> record, Collector<Row> out) {
        out.collect(row(record));
    }

    private Row row(ConsumerRecord<byte[], byte[]> record) {
        Row row = Row.withPositions(columns.size() + RECORD_COLUMNS.length);
        try {
            fill(record, row);
            if (alwaysWithRecord) {
                describe(record, row);
            }
        } catch (UnfitException error) {
            row = Row.withPositions(row.getArity());
            row.setField(columns.size(), error.getMessage());
            describe(record, row);
        }
        return row;
    }

    private void fill(ConsumerRecord<byte[], byte[]> record, Row row) throws UnfitException {
        if (!json.isEmpty()) {
            json.read(record.value(), row);
        }
        for (int place = 0; place < columns.size(); place++) {
            Column column = columns.get(place);
            if (column.source.startsWith(HEADER)) {
                row.setField(place, header(record, column));
            } else if (column.source.startsWith(RECORD)) {
                row.setField(place, part(record, column.source.substring(RECORD.length())));
            }
            if (column.isRequired && row.getField(place) == null) {
                throw new UnfitException("expected " + column.source + ", got none");
            }
        }
    }

    private static Object header(ConsumerRecord<byte[], byte[]> record, Column column) throws UnfitException {
        // The last of a name: what StreamFlow adds stands behind what the shop sent.
        Header header = record.headers().lastHeader(column.source.substring(HEADER.length()));
        if (header == null || header.value() == null) {
            return null;
        }
        try {
            String text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(header.value())).toString();
            return column.kind.read(text, column);
        } catch (CharacterCodingException error) {
            throw new UnfitException(column.source + ": expected UTF-8");
        } catch (UnfitException error) {
            throw new UnfitException(column.source + ": " + error.getMessage());
        }
    }

    private static Object part(ConsumerRecord<byte[], byte[]> record, String part) {
        switch (part) {
            case "topic":
                return record.topic();
            case "partition":
                return record.partition();
            case "offset":
                return record.offset();
            case "timestamp":
                return Times.nearest(record.timestamp());
            default:
                throw new IllegalArgumentException("a record has no " + part);
        }
    }

    private void describe(ConsumerRecord<byte[], byte[]> record, Row row) {
        int place = columns.size() + 1;
        for (String part : new String[] {"topic", "partition", "offset", "timestamp"}) {
            row.setField(place++, part(record, part));
        }
        row.setField(place++, head(record.key()));
        row.setField(place++, head(record.value()));
        row.setField(place, record.value() == null ? null : record.value().length);
    }

    private byte[] head(byte[] bytes) {
        return bytes == null || bytes.length <= headBytes ? bytes : Arrays.copyOf(bytes, headBytes);
    }

    @Override
    public TypeInformation<Row> getProducedType() {
        int count = columns.size();
        String[] names = new String[count + RECORD_COLUMNS.length];
        TypeInformation<?>[] types = new TypeInformation<?>[names.length];
        for (int place = 0; place < count; place++) {
            names[place] = columns.get(place).name;
            types[place] = columns.get(place).kind.type();
        }
        System.arraycopy(RECORD_COLUMNS, 0, names, count, RECORD_COLUMNS.length);
        System.arraycopy(RECORD_TYPES, 0, types, count, RECORD_TYPES.length);
        return Types.ROW_NAMED(names, types);
    }
}
