"""Dashboards: read from `observability/dashboards`, written for Grafana, and drawn for people without it."""
