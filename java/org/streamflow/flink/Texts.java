package org.streamflow.flink;

/** Texts as PostgreSQL can hold them. */
final class Texts {
    private static final int SHOWN_CHARACTERS = 80;

    private Texts() {}

    /** Returns the text with its NULs, which PostgreSQL cannot hold, written as {@code \x00}. */
    static String storable(String text, int maxCharacters) throws UnfitException {
        if (text.length() > maxCharacters && text.codePointCount(0, text.length()) > maxCharacters) {
            throw new UnfitException("expected at most " + maxCharacters + " characters, got " + shown(text));
        }
        requireWholeCharacters(text);
        return hasNul(text) ? text.replace("\0", "\\x00") : text;
    }

    static boolean hasNul(String text) {
        return text.indexOf('\0') >= 0;
    }

    /** Refuses halves of UTF-16 pairs, which no UTF-8 can carry. */
    static void requireWholeCharacters(String text) throws UnfitException {
        for (int place = 0; place < text.length(); place++) {
            char character = text.charAt(place);
            if (Character.isSurrogate(character)) {
                boolean isPair = Character.isHighSurrogate(character)
                        && place + 1 < text.length()
                        && Character.isLowSurrogate(text.charAt(place + 1));
                if (!isPair) {
                    throw new UnfitException("expected whole characters, got half of a pair");
                }
                place++;
            }
        }
    }

    /** Returns the beginning of a text for a message, in printable ASCII. */
    static String shown(String text) {
        StringBuilder shown = new StringBuilder("\"");
        for (int place = 0; place < Math.min(text.length(), SHOWN_CHARACTERS); place++) {
            char character = text.charAt(place);
            shown.append(character >= ' ' && character <= '~' ? character : '?');
        }
        return shown.append(text.length() > SHOWN_CHARACTERS ? "...\"" : "\"").toString();
    }
}
