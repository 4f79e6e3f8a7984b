"""Rules, objectives and alerts for Prometheus, made from the catalogues of metrics: text in, text out."""
