package org.streamflow.flink;

/** A record, or a part of it, that its table cannot hold; the message says what was expected and what came. */
final class UnfitException extends Exception {
    private static final long serialVersionUID = 1L;

    UnfitException(String message) {
        // Without a stack trace: it is an answer, not a failure.
        super(message, null, false, false);
    }
}
