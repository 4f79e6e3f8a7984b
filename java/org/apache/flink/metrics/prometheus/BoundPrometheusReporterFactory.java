package org.apache.flink.metrics.prometheus;

import io.prometheus.client.exporter.HTTPServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.util.Properties;
import org.apache.flink.metrics.MetricConfig;
import org.apache.flink.metrics.reporter.MetricReporterFactory;

/**
 * Makes Flink's reporter for Prometheus listen on one address: its own listens on all of a machine's, for anybody.
 *
 * <p>It lies in Flink's package because the registry of the metrics is visible there only.
 */
public final class BoundPrometheusReporterFactory implements MetricReporterFactory {
    @Override
    public BoundReporter createMetricReporter(Properties properties) {
        return new BoundReporter();
    }

    /** Listens on `host` and `port`. */
    public static final class BoundReporter extends AbstractPrometheusReporter {
        private HTTPServer server;

        @Override
        public void open(MetricConfig config) {
            super.open(config);
            InetSocketAddress address =
                    new InetSocketAddress(config.getString("host", "127.0.0.1"), config.getInteger("port", 9249));
            try {
                server = new HTTPServer(address, registry, true);
            } catch (IOException error) {
                throw new UncheckedIOException("the metrics cannot be served at " + address, error);
            }
        }

        @Override
        public void close() {
            if (server != null) {
                server.stop();
            }
            super.close();
        }
    }
}
