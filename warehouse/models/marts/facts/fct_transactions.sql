{{ config(
    materialized='incremental',
    incremental_strategy='delete+insert',
    on_schema_change='fail',
    unique_key=['decision_id', 'source_timestamp'],
    indexes=[
        {'columns': ['decision_id', 'source_timestamp'], 'unique': True},
        {'columns': ['transaction_id']},
        {'columns': ['customer_id', 'event_time']},
        {'columns': ['event_day']},
        {'columns': ['changed_at']},
    ],
) }}

select
    decision.decision_id,
    decision.source_topic,
    decision.source_partition,
    decision.source_offset,
    decision.source_timestamp,
    decision.transaction_id,
    decision.customer_id,
    decision.store_id,
    decision.product_id,
    decision.amount,
    decision.currency,
    decision.payment_method,
    decision.latitude,
    decision.longitude,
    decision.event_time,
    decision.event_day,
    decision.outcome,
    decision.score,
    decision.rules_score,
    decision.ml_score,
    decision.review_threshold,
    decision.block_threshold,
    coalesce(jsonb_array_length(decision.rules), 0) as rules_fired,
    decision.ruleset_version,
    decision.lists_version,
    decision.risk_version,
    decision.model_version,
    decision.model_absence,
    decision.late,
    decision.duplicate,
    decision.id_reused,
    decision.canary,
    decision.rate_missing,
    decision.state_reset,
    decision.is_counted,
    decision.is_alert,
    decision.is_fraud,
    decision.label_source,
    decision.scenario,
    decision.label_known_at,
    decision.was_fraud_when_mature,
    decision.decision_loaded_at,
    decision.changed_at
from {{ ref('int_decision_labels') }} as decision
{% if is_incremental() %}
left join {{ this }} as known on decision.decision_id = known.decision_id and decision.source_timestamp = known.source_timestamp
where
    decision.changed_at > {{ since('changed_at') }}
    and (
        known.decision_id is null
        or (
            known.is_fraud, known.label_source, known.scenario, known.label_known_at, known.was_fraud_when_mature, known.changed_at
        ) is distinct from (
            decision.is_fraud, decision.label_source, decision.scenario, decision.label_known_at, decision.was_fraud_when_mature,
            decision.changed_at
        )
    )
{% endif %}
