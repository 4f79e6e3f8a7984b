--liquibase formatted sql

--changeset streamflow:0003-realtime
CREATE TABLE metrics.realtime (
    window_start timestamptz NOT NULL,
    window_end timestamptz NOT NULL,
    window_seconds integer NOT NULL,
    dimension text NOT NULL,
    value text NOT NULL,
    currency text NOT NULL,
    transactions bigint NOT NULL,
    amount numeric(20, 2) NOT NULL,
    alerts bigint NOT NULL,
    alert_rate double precision NOT NULL,
    score_p50 double precision,
    score_p95 double precision,
    score_p99 double precision,
    customers bigint NOT NULL,
    loaded_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (window_start, window_seconds, dimension, value, currency)
);
--rollback DROP TABLE metrics.realtime;

--changeset streamflow:0003-late-events
CREATE TABLE metrics.late_events (
    decision_id uuid NOT NULL,
    source_timestamp timestamptz NOT NULL,
    event_time timestamptz NOT NULL,
    window_start timestamptz NOT NULL,
    late_by_ms bigint NOT NULL,
    loaded_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (decision_id)
);
--rollback DROP TABLE metrics.late_events;

--changeset streamflow:0003-audit
CREATE TABLE ops.audit (
    run_id uuid NOT NULL,
    checked_at timestamptz NOT NULL,
    range_start timestamptz,
    range_end timestamptz,
    check_name text NOT NULL,
    scope text NOT NULL,
    expected numeric,
    got numeric,
    ok boolean NOT NULL,
    detail jsonb NOT NULL,
    PRIMARY KEY (run_id, check_name, scope)
);
CREATE INDEX audit_checked ON ops.audit (checked_at);
--rollback DROP TABLE ops.audit;

--changeset streamflow:0003-quality-results
CREATE TABLE ops.quality_results (
    run_id text NOT NULL,
    checked_at timestamptz NOT NULL,
    check_name text NOT NULL,
    scope text NOT NULL,
    kind text NOT NULL,
    observed double precision,
    expected text NOT NULL,
    ok boolean NOT NULL,
    blocking boolean NOT NULL,
    detail jsonb NOT NULL,
    PRIMARY KEY (run_id, check_name, scope)
);
CREATE INDEX quality_results_checked ON ops.quality_results (checked_at);
--rollback DROP TABLE ops.quality_results;
