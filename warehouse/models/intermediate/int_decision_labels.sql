{{ config(
    unique_key=['decision_id', 'source_timestamp'],
    indexes=[
        {'columns': ['decision_id', 'source_timestamp'], 'unique': True},
        {'columns': ['transaction_id']},
        {'columns': ['changed_at']},
        {'columns': ['event_day']},
        {'columns': ['customer_id', 'event_day']},
        {'columns': ['store_id', 'event_day']},
    ],
) }}

{#
  The only model that reads decisions and labels from bronze, both in one statement, so in one snapshot: what it does not hold, no
  later model of the run sees, and its newest changed_at is a moment up to which both are known.
#}
{% set since = since('changed_at') %}
{% set decision_columns = [
    'decision_id', 'source_topic', 'source_partition', 'source_offset', 'source_timestamp', 'source_day', 'transaction_id', 'customer_id',
    'store_id', 'product_id', 'amount', 'currency', 'payment_method', 'latitude', 'longitude', 'event_time', 'event_day', 'outcome', 'score',
    'rules_score', 'ml_score', 'review_threshold', 'block_threshold', 'rules', 'reasons', 'ruleset_version', 'lists_version',
    'risk_version', 'model_version', 'model_absence', 'late', 'duplicate', 'id_reused', 'canary', 'rate_missing', 'state_reset',
    'is_counted', 'is_alert',
] %}

with fresh_decisions as (
    select
        {{ decision_columns | join(', ') }},
        loaded_at as decision_loaded_at
    from {{ ref('stg_decisions') }}
    {% if is_incremental() %}
    where loaded_at > {{ since }}
    {% endif %}
),

{% if is_incremental() %}
-- A payment that was here before, and of which something has become known since.
judged_again as (
    select
        known.{{ decision_columns | join(', known.') }},
        known.decision_loaded_at
    from {{ this }} as known
    where
        known.transaction_id in (select label.transaction_id from {{ ref('stg_labels') }} as label where label.loaded_at > {{ since }})
        and not exists (
            select 1 from fresh_decisions as fresh
            where fresh.decision_id = known.decision_id and fresh.source_timestamp = known.source_timestamp
        )
),

decisions as (
    select * from fresh_decisions
    union all
    select * from judged_again
),

labels as (
    select label.* from {{ ref('stg_labels') }} as label
    where label.transaction_id in (select decision.transaction_id from decisions as decision)
),
{% else %}
decisions as (
    select * from fresh_decisions
),

labels as (
    select * from {{ ref('stg_labels') }}
),
{% endif %}

verdicts as (
    select distinct on (label.transaction_id)
        label.transaction_id,
        label.is_fraud,
        label.label_source,
        label.scenario,
        label.known_at as label_known_at,
        -- Of all labels of the payment: an older verdict that comes late changes what was known when.
        max(label.loaded_at) over (partition by label.transaction_id) as labels_loaded_at
    from labels as label
    order by label.transaction_id asc, {{ newest_first('label') }}
),

mature_verdicts as (
    select distinct on (decision.decision_id, decision.source_timestamp)
        decision.decision_id,
        decision.source_timestamp,
        label.is_fraud
    from decisions as decision
    inner join labels as label on decision.transaction_id = label.transaction_id
    where label.known_at <= decision.event_time + interval '{{ var("label_delay_days") }} days'
    order by decision.decision_id asc, decision.source_timestamp asc, {{ newest_first('label') }}
),

judged as (
    select
        decision.*,
        verdict.is_fraud,
        verdict.label_source,
        verdict.scenario,
        verdict.label_known_at,
        mature.is_fraud as was_fraud_when_mature,
        verdict.labels_loaded_at,
        greatest(decision.decision_loaded_at, verdict.labels_loaded_at) as changed_at
    from decisions as decision
    left join verdicts as verdict on decision.transaction_id = verdict.transaction_id
    left join mature_verdicts as mature
        on decision.decision_id = mature.decision_id and decision.source_timestamp = mature.source_timestamp
)

select judged.* from judged
{% if is_incremental() %}
-- Within the overlap most rows are as they were; writing them again would only make work for everyone who reads from here.
left join {{ this }} as known on judged.decision_id = known.decision_id and judged.source_timestamp = known.source_timestamp
where
    known.decision_id is null
    or (
        known.is_fraud, known.label_source, known.scenario, known.label_known_at, known.was_fraud_when_mature, known.labels_loaded_at
    ) is distinct from (
        judged.is_fraud, judged.label_source, judged.scenario, judged.label_known_at, judged.was_fraud_when_mature, judged.labels_loaded_at
    )
{% endif %}
