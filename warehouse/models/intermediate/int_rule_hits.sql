{{ config(
    unique_key=['decision_id', 'source_timestamp', 'rule_id'],
    indexes=[
        {'columns': ['decision_id', 'source_timestamp', 'rule_id'], 'unique': True},
        {'columns': ['event_day']},
        {'columns': ['decision_loaded_at']},
    ],
) }}

select
    decision.decision_id,
    decision.source_timestamp,
    hit.id as rule_id,
    hit.version as rule_version,
    hit.state as rule_state,
    hit.score::numeric(20, 6) as rule_score,
    hit.weight::numeric(20, 6) as rule_weight,
    decision.ruleset_version,
    decision.event_day,
    decision.decision_loaded_at
from {{ ref('int_decision_labels') }} as decision
cross join
    lateral jsonb_to_recordset(decision.rules)
        as hit (id text, version integer, state text, score double precision, weight double precision)
where
    decision.rules is not null
    and decision.is_counted
    {% if is_incremental() %}
    and decision.decision_loaded_at > {{ since('decision_loaded_at') }}
    -- A decision's hits never change.
    and not exists (
        select 1 from {{ this }} as known
        where known.decision_id = decision.decision_id and known.source_timestamp = decision.source_timestamp
    )
    {% endif %}
