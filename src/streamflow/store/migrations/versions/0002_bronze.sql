--liquibase formatted sql

--changeset streamflow:0002-decisions
CREATE TABLE bronze.decisions (
    decision_id uuid NOT NULL,
    source_topic text NOT NULL,
    source_partition integer NOT NULL,
    source_offset bigint NOT NULL,
    source_timestamp timestamptz NOT NULL,
    transaction_id text NOT NULL,
    customer_id text NOT NULL,
    store_id text NOT NULL,
    product_id text,
    amount numeric(14, 2) NOT NULL,
    currency text NOT NULL,
    payment_method text,
    latitude double precision,
    longitude double precision,
    event_time timestamptz NOT NULL,
    schema_version bigint NOT NULL,
    outcome text NOT NULL,
    score double precision NOT NULL,
    rules_score double precision,
    ml_score double precision,
    review_threshold double precision NOT NULL,
    block_threshold double precision NOT NULL,
    rules jsonb NOT NULL,
    reasons jsonb NOT NULL,
    features jsonb NOT NULL,
    feature_set_version integer NOT NULL,
    ruleset_version integer NOT NULL,
    lists_version integer NOT NULL,
    model_version text,
    risk_version integer,
    model_absence text,
    shadow_model_version text,
    shadow_ml_score double precision,
    late boolean NOT NULL,
    duplicate boolean NOT NULL,
    id_reused boolean NOT NULL,
    canary boolean NOT NULL,
    rate_missing boolean NOT NULL,
    state_reset boolean NOT NULL,
    extra text,
    loaded_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (decision_id, source_timestamp)
) PARTITION BY RANGE (source_timestamp);
CREATE TABLE bronze.decisions_default PARTITION OF bronze.decisions DEFAULT;
-- A customer's payments in order; a transaction's decisions; alerts by time; a range of offsets; what came since the last run.
CREATE INDEX decisions_customer ON bronze.decisions (customer_id, event_time);
CREATE INDEX decisions_transaction ON bronze.decisions (transaction_id);
CREATE INDEX decisions_alerts ON bronze.decisions (event_time, outcome) WHERE outcome <> 'approve';
CREATE INDEX decisions_source ON bronze.decisions (source_partition, source_offset);
CREATE INDEX decisions_loaded ON bronze.decisions USING brin (loaded_at) WITH (pages_per_range = 32);
--rollback DROP TABLE bronze.decisions;

--changeset streamflow:0002-alerts
CREATE TABLE bronze.alerts (
    decision_id uuid NOT NULL,
    source_topic text NOT NULL,
    source_partition integer NOT NULL,
    source_offset bigint NOT NULL,
    source_timestamp timestamptz NOT NULL,
    transaction_id text NOT NULL,
    customer_id text NOT NULL,
    store_id text NOT NULL,
    outcome text NOT NULL,
    score double precision NOT NULL,
    event_time timestamptz NOT NULL,
    loaded_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (decision_id, source_timestamp)
) PARTITION BY RANGE (source_timestamp);
CREATE TABLE bronze.alerts_default PARTITION OF bronze.alerts DEFAULT;
CREATE INDEX alerts_time ON bronze.alerts (event_time, outcome);
CREATE INDEX alerts_customer ON bronze.alerts (customer_id, event_time);
CREATE INDEX alerts_source ON bronze.alerts (source_partition, source_offset);
CREATE INDEX alerts_loaded ON bronze.alerts USING brin (loaded_at) WITH (pages_per_range = 32);
--rollback DROP TABLE bronze.alerts;

--changeset streamflow:0002-dead-letters
CREATE TABLE bronze.dead_letters (
    source_topic text NOT NULL,
    source_partition integer NOT NULL,
    source_offset bigint NOT NULL,
    source_timestamp timestamptz NOT NULL,
    code text NOT NULL,
    message text NOT NULL,
    stage text NOT NULL,
    schema_version bigint,
    record_key text,
    preview text,
    value_bytes integer,
    dlq_partition integer NOT NULL,
    dlq_offset bigint NOT NULL,
    dlq_timestamp timestamptz NOT NULL,
    loaded_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (source_topic, source_partition, source_offset, source_timestamp)
) PARTITION BY RANGE (source_timestamp);
CREATE TABLE bronze.dead_letters_default PARTITION OF bronze.dead_letters DEFAULT;
CREATE INDEX dead_letters_code ON bronze.dead_letters (code, source_timestamp);
CREATE INDEX dead_letters_loaded ON bronze.dead_letters USING brin (loaded_at) WITH (pages_per_range = 32);
--rollback DROP TABLE bronze.dead_letters;

--changeset streamflow:0002-labels
CREATE TABLE bronze.labels (
    label_partition integer NOT NULL,
    label_offset bigint NOT NULL,
    label_timestamp timestamptz NOT NULL,
    transaction_id text NOT NULL,
    customer_id text NOT NULL,
    store_id text NOT NULL,
    is_fraud boolean NOT NULL,
    source text NOT NULL,
    known_at timestamptz NOT NULL,
    event_time timestamptz NOT NULL,
    scenario text,
    comment text,
    loaded_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (label_partition, label_offset)
);
CREATE INDEX labels_transaction ON bronze.labels (transaction_id, known_at);
CREATE INDEX labels_loaded ON bronze.labels (loaded_at);
--rollback DROP TABLE bronze.labels;

--changeset streamflow:0002-reference
CREATE TABLE bronze.customers (
    customer_id text NOT NULL,
    home_city text,
    state text,
    segment text,
    valid_from timestamptz NOT NULL,
    valid_to timestamptz,
    loaded_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (customer_id, valid_from)
);
CREATE TABLE bronze.stores (
    store_id text NOT NULL,
    channel text,
    city text,
    state text,
    latitude double precision,
    longitude double precision,
    category text,
    terminal text,
    valid_from timestamptz NOT NULL,
    valid_to timestamptz,
    loaded_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (store_id, valid_from)
);
--rollback DROP TABLE bronze.stores;
--rollback DROP TABLE bronze.customers;

--changeset streamflow:0002-unreadable
CREATE TABLE bronze.unreadable (
    topic text NOT NULL,
    topic_partition integer NOT NULL,
    topic_offset bigint NOT NULL,
    record_timestamp timestamptz NOT NULL,
    why text NOT NULL,
    record_key text,
    preview text,
    value_bytes integer,
    loaded_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (topic, topic_partition, topic_offset)
);
--rollback DROP TABLE bronze.unreadable;
