package org.streamflow.flink;

import java.io.IOException;
import java.io.Serializable;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.core.JsonFactory;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.core.JsonFactoryBuilder;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.core.JsonParser;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.core.JsonToken;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.core.exc.InputCoercionException;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.core.json.JsonReadFeature;
import org.apache.flink.types.Row;

/** Reads columns out of a JSON object in one pass; what no column asks for is passed over. */
final class JsonColumns implements Serializable {
    private static final long serialVersionUID = 1L;
    private static final JsonFactory JSON =
            new JsonFactoryBuilder().disable(JsonFactory.Feature.CHARSET_DETECTION).disable(JsonReadFeature.ALLOW_TRAILING_COMMA).build();
    /** Longer numbers are no double that anybody wrote. */
    private static final int MAX_NUMBER_CHARACTERS = 40;

    private final List<Column> columns;
    private final Node root = new Node();

    /** @param columns those whose source begins with a slash are read here */
    JsonColumns(List<Column> columns) {
        this.columns = columns;
        for (int place = 0; place < columns.size(); place++) {
            String source = columns.get(place).source;
            if (source.startsWith("/")) {
                root.add(Arrays.asList(source.substring(1).split("/")), place);
            }
        }
    }

    boolean isEmpty() {
        return root.children.isEmpty();
    }

    void read(byte[] value, Row row) throws UnfitException {
        if (value == null) {
            throw new UnfitException("expected JSON, got a null value");
        }
        try (JsonParser parser = JSON.createParser(value)) {
            if (parser.nextToken() != JsonToken.START_OBJECT) {
                throw new UnfitException("expected a JSON object, got " + parser.currentToken());
            }
            readObject(parser, root, value, row);
            if (parser.nextToken() != null) {
                throw new UnfitException("expected one JSON document, got more behind it");
            }
        } catch (IOException error) {
            throw new UnfitException("expected JSON, got " + Texts.shown(String.valueOf(error.getMessage())));
        }
    }

    private void readObject(JsonParser parser, Node node, byte[] value, Row row) throws IOException, UnfitException {
        while (parser.nextToken() == JsonToken.FIELD_NAME) {
            Node child = node.children.get(parser.currentName());
            JsonToken token = parser.nextToken();
            if (child == null) {
                parser.skipChildren();
            } else if (child.column >= 0) {
                Column column = columns.get(child.column);
                try {
                    row.setField(child.column, token == JsonToken.VALUE_NULL ? null : read(parser, token, column, value));
                } catch (UnfitException error) {
                    throw new UnfitException(column.source + ": " + error.getMessage());
                } catch (InputCoercionException error) {
                    throw new UnfitException(column.source + ": expected a number that fits, got another");
                }
            } else if (token == JsonToken.START_OBJECT) {
                readObject(parser, child, value, row);
            } else {
                parser.skipChildren();
            }
        }
    }

    private static Object read(JsonParser parser, JsonToken token, Column column, byte[] value) throws IOException, UnfitException {
        boolean isNumber = token == JsonToken.VALUE_NUMBER_INT || token == JsonToken.VALUE_NUMBER_FLOAT;
        switch (column.kind) {
            case BOOLEAN:
                require(token.isBoolean(), "true or false", token);
                return parser.getBooleanValue();
            case INTEGER:
                require(token == JsonToken.VALUE_NUMBER_INT, "a whole number", token);
                return parser.getIntValue();
            case BIGINT:
                require(token == JsonToken.VALUE_NUMBER_INT, "a whole number", token);
                return parser.getLongValue();
            case DOUBLE:
                require(isNumber, "a number", token);
                return finite(parser);
            case JSONB:
                require(token.isStructStart(), "an array or an object", token);
                return container(parser, value, true);
            case JSON:
                require(token.isStructStart(), "an array or an object", token);
                return container(parser, value, false);
            default:
                require(token == JsonToken.VALUE_STRING, "a text", token);
                return column.kind.read(parser.getText(), column);
        }
    }

    private static double finite(JsonParser parser) throws IOException, UnfitException {
        double number = parser.getDoubleValue();
        require(Double.isFinite(number), "a number that 64 bits can hold", parser.currentToken());
        return number;
    }

    /** Returns an array or object as it is written; for jsonb, only what PostgreSQL can hold there. */
    private static String container(JsonParser parser, byte[] value, boolean isJsonb) throws IOException, UnfitException {
        int begin = (int) parser.currentTokenLocation().getByteOffset();
        boolean hasNul = false;
        int depth = 1;
        while (depth > 0) {
            JsonToken token = parser.nextToken();
            if (token == null) {
                throw new UnfitException("expected the end of an array or object");
            }
            depth += token.isStructStart() ? 1 : token.isStructEnd() ? -1 : 0;
            if (isJsonb && token.isNumeric()) {
                require(parser.getTextLength() <= MAX_NUMBER_CHARACTERS, "a number that 64 bits can hold", token);
                finite(parser);
            } else if (isJsonb && (token == JsonToken.VALUE_STRING || token == JsonToken.FIELD_NAME)) {
                Texts.requireWholeCharacters(parser.getText());
                hasNul |= Texts.hasNul(parser.getText());
            }
        }
        int end = (int) parser.currentLocation().getByteOffset();
        String text = new String(value, begin, end - begin, StandardCharsets.UTF_8);
        return hasNul ? withoutNul(text) : text;
    }

    /** Writes the NULs of JSON text as {@code \x00}: in JSON text they are escapes, behind an even number of backslashes. */
    private static String withoutNul(String text) {
        StringBuilder result = new StringBuilder(text.length());
        for (int place = 0; place < text.length(); place++) {
            char character = text.charAt(place);
            if (character != '\\') {
                result.append(character);
            } else if (text.startsWith("u0000", place + 1)) {
                result.append("\\\\x00");
                place += "u0000".length();
            } else {
                result.append(character).append(text.charAt(++place));
            }
        }
        return result.toString();
    }

    private static void require(boolean condition, String expected, JsonToken token) throws UnfitException {
        if (!condition) {
            throw new UnfitException("expected " + expected + ", got " + token);
        }
    }

    /** A field of an object: a column, or an object with fields. */
    private static final class Node implements Serializable {
        private static final long serialVersionUID = 1L;
        private final Map<String, Node> children = new HashMap<>();
        private int column = -1;

        private void add(List<String> path, int place) {
            if (path.isEmpty()) {
                column = place;
            } else {
                children.computeIfAbsent(path.get(0), name -> new Node()).add(path.subList(1, path.size()), place);
            }
        }
    }
}
