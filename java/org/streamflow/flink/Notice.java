package org.streamflow.flink;

import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.MDC;

/** A line of the log about one record; what it is about are fields of the line. */
public final class Notice {
    private static final Logger LOG = LoggerFactory.getLogger("streamflow.notice");

    private Notice() {}

    /**
     * Logs an error.
     *
     * @param message what happened, in words of ours
     * @param fields names of a log line's optional fields, and their values
     */
    public static void say(String message, Map<String, String> fields) {
        // Flink keeps the id of the job there.
        Map<String, String> before = MDC.getCopyOfContextMap();
        try {
            fields.forEach(MDC::put);
            LOG.error(message);
        } finally {
            MDC.setContextMap(before == null ? Map.of() : before);
        }
    }
}
