package org.streamflow.flink;

import java.math.BigDecimal;
import java.util.regex.Pattern;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.common.typeinfo.Types;

/**
 * What a column holds, and which texts the database takes for it.
 *
 * <p>What has no type of its own in Flink's JDBC connector, or would be read there in the server's time zone, travels as text.
 */
public enum ColumnKind {
    TEXT(Types.STRING),
    UUID(Types.STRING),
    INTEGER(Types.INT),
    BIGINT(Types.LONG),
    DOUBLE(Types.DOUBLE),
    BOOLEAN(Types.BOOLEAN),
    DECIMAL(Types.STRING),
    /** A time as text, in UTC. */
    TIME(Types.STRING),
    /** A time that is a number of milliseconds since the epoch where it is read, and text in the column. */
    TIME_OF_MILLISECONDS(Types.STRING),
    /** A time as the number of milliseconds since the epoch. */
    MILLISECONDS(Types.LONG),
    /** An array or object that jsonb takes. */
    JSONB(Types.STRING),
    /** An array or object as it was written. */
    JSON(Types.STRING);

    private static final Pattern UUID_TEXT = Pattern.compile("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}");
    private static final Pattern DECIMAL_TEXT = Pattern.compile("-?[0-9]{1,38}(\\.[0-9]{1,38})?");

    private final TypeInformation<?> type;

    ColumnKind(TypeInformation<?> type) {
        this.type = type;
    }

    TypeInformation<?> type() {
        return type;
    }

    /**
     * Returns the column's value for a text.
     *
     * @param column whose kind this is
     */
    Object read(String text, Column column) throws UnfitException {
        switch (this) {
            case TEXT:
                return Texts.storable(text, column.maxCharacters);
            case UUID:
                return require(UUID_TEXT.matcher(text).matches(), text, "a UUID");
            case DECIMAL:
                require(DECIMAL_TEXT.matcher(text).matches(), text, "a decimal number");
                BigDecimal number = new BigDecimal(text);
                boolean fits = number.scale() <= column.scale && number.precision() - number.scale() <= column.precision - column.scale;
                return require(fits, text, "at most " + (column.precision - column.scale) + " digits before the point and " + column.scale + " after");
            case TIME:
                return Times.utc(text);
            case MILLISECONDS:
                return Times.milliseconds(text);
            case TIME_OF_MILLISECONDS:
                return Times.text(number(text));
            case INTEGER:
                long value = number(text);
                require(value == (int) value, text, "a number of 32 bits");
                return (int) value;
            case BIGINT:
                return number(text);
            default:
                throw new UnfitException("expected " + name().toLowerCase() + ", got the text " + Texts.shown(text));
        }
    }

    private static long number(String text) throws UnfitException {
        try {
            return Long.parseLong(text);
        } catch (NumberFormatException error) {
            throw new UnfitException("expected a whole number, got " + Texts.shown(text));
        }
    }

    private static String require(boolean condition, String text, String expected) throws UnfitException {
        if (!condition) {
            throw new UnfitException("expected " + expected + ", got " + Texts.shown(text));
        }
        return text;
    }
}
