{{ config(
    materialized='incremental',
    incremental_strategy='delete+insert',
    on_schema_change='fail',
    unique_key=['decision_id', 'source_timestamp'],
    indexes=[
        {'columns': ['decision_id', 'source_timestamp'], 'unique': True},
        {'columns': ['customer_id', 'event_time']},
        {'columns': ['alert_loaded_at']},
        {'columns': ['changed_at']},
    ],
) }}

{#
  An alert and its decision come by two topics, in any order: the row is there once both are, so each has its own moment from which
  to look again.
#}
select
    alert.decision_id,
    alert.source_timestamp,
    decision.transaction_id,
    decision.customer_id,
    decision.store_id,
    decision.amount,
    decision.currency,
    decision.payment_method,
    decision.event_time,
    decision.event_day,
    alert.outcome,
    alert.score,
    decision.reasons,
    decision.model_version,
    decision.ruleset_version,
    decision.canary,
    decision.is_fraud,
    decision.label_source,
    decision.label_known_at,
    decision.is_fraud is null as is_open,
    alert.loaded_at as alert_loaded_at,
    decision.changed_at
from {{ ref('stg_alerts') }} as alert
inner join {{ ref('int_decision_labels') }} as decision
    on alert.decision_id = decision.decision_id and alert.source_timestamp = decision.source_timestamp
{% if is_incremental() %}
where
    alert.loaded_at > {{ since('alert_loaded_at') }}
    or decision.changed_at > {{ since('changed_at') }}
{% endif %}
