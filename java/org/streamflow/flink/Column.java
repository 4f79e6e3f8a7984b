package org.streamflow.flink;

import java.io.Serializable;

/** A column of a table, and where in a record its value stands. */
final class Column implements Serializable {
    private static final long serialVersionUID = 1L;

    final String name;
    /** A place in the JSON value ({@code /a/b}), a header ({@code header:NAME}), a part of the record ({@code record:offset}); nothing: empty. */
    final String source;
    final ColumnKind kind;
    final boolean isRequired;
    /** Longest text, in characters. */
    final int maxCharacters;
    final int precision;
    final int scale;

    Column(String name, String source, ColumnKind kind, boolean isRequired, int maxCharacters, int precision, int scale) {
        this.name = name;
        this.source = source;
        this.kind = kind;
        this.isRequired = isRequired;
        this.maxCharacters = maxCharacters;
        this.precision = precision;
        this.scale = scale;
    }
}
