package org.streamflow.flink;

import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Times as RFC 3339 writes them, in the years that PostgreSQL reads in four digits. */
final class Times {
    private static final Pattern RFC_3339 =
            Pattern.compile("(\\d{4}-\\d{2}-\\d{2})[Tt ](\\d{2}:\\d{2}:\\d{2})(?:(\\.\\d{1,9})\\d*)?(?:[Zz]|([+-])([01]\\d|2[0-3]):?([0-5]\\d))");
    private static final long FIRST = LocalDateTime.of(1, 1, 1, 0, 0).toEpochSecond(ZoneOffset.UTC) * 1000;
    private static final long LAST = LocalDateTime.of(9999, 12, 31, 23, 59, 59).toEpochSecond(ZoneOffset.UTC) * 1000;
    private static final int SECONDS_END = 19;

    private Times() {}

    /** Returns the same moment in UTC. */
    static String utc(String text) throws UnfitException {
        Instant moment = instant(text);
        return text.endsWith("Z") && text.charAt(10) == 'T' ? text : moment.toString();
    }

    /** Returns the moment in milliseconds since the epoch, cut. */
    static long milliseconds(String text) throws UnfitException {
        return instant(text).toEpochMilli();
    }

    /** Returns a moment as text. */
    static String text(long milliseconds) throws UnfitException {
        if (milliseconds < FIRST || milliseconds > LAST) {
            throw new UnfitException("expected milliseconds of the years 1 to 9999, got " + milliseconds);
        }
        return Instant.ofEpochMilli(milliseconds).toString();
    }

    /** Returns a record's own time as text; a producer may write any number there. */
    static String nearest(long milliseconds) {
        return Instant.ofEpochMilli(Math.max(FIRST, Math.min(LAST, milliseconds))).toString();
    }

    private static Instant instant(String text) throws UnfitException {
        try {
            Instant moment = text.length() == SECONDS_END + 1 && text.charAt(10) == 'T' && text.charAt(SECONDS_END) == 'Z' ? plain(text) : any(text);
            text(moment.toEpochMilli());
            return moment;
        } catch (DateTimeException error) {
            throw new UnfitException("expected a time of RFC 3339, got " + Texts.shown(text));
        }
    }

    /** Reads {@code 2026-01-31T23:59:59Z}, which most times are, without a pattern. */
    private static Instant plain(String text) {
        if (text.charAt(4) != '-' || text.charAt(7) != '-' || text.charAt(13) != ':' || text.charAt(16) != ':') {
            throw new DateTimeException(text);
        }
        return LocalDateTime.of(
                        number(text, 0, 4), number(text, 5, 7), number(text, 8, 10), number(text, 11, 13), number(text, 14, 16), number(text, 17, 19))
                .toInstant(ZoneOffset.UTC);
    }

    private static int number(String text, int begin, int end) {
        int number = 0;
        for (int place = begin; place < end; place++) {
            int digit = text.charAt(place) - '0';
            if (digit < 0 || digit > 9) {
                throw new DateTimeException(text);
            }
            number = 10 * number + digit;
        }
        return number;
    }

    private static Instant any(String text) {
        Matcher parts = RFC_3339.matcher(text);
        if (!parts.matches()) {
            throw new DateTimeException(text);
        }
        String fraction = parts.group(3) == null ? "" : parts.group(3);
        Instant moment = LocalDateTime.parse(parts.group(1) + "T" + parts.group(2) + fraction).toInstant(ZoneOffset.UTC);
        if (parts.group(4) == null) {
            return moment;
        }
        int minutes = 60 * Integer.parseInt(parts.group(5)) + Integer.parseInt(parts.group(6));
        return moment.minusSeconds(60L * (parts.group(4).equals("+") ? minutes : -minutes));
    }
}
