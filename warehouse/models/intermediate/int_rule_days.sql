{{ config(
    unique_key='event_day',
    indexes=[{'columns': ['event_day', 'ruleset_version', 'rule_id', 'rule_version', 'rule_state'], 'unique': True}],
) }}

{#
  Two tables, so two moments: hits that are behind the decisions, because a run stopped between the two, are not passed over later.
#}
select
    hit.event_day,
    hit.ruleset_version,
    hit.rule_id,
    hit.rule_version,
    hit.rule_state,
    count(*) as hits,
    count(*) filter (where p.was_fraud_when_mature is not null) as judged_when_mature,
    count(*) filter (where p.was_fraud_when_mature) as frauds_when_mature,
    count(*) filter (where p.is_fraud) as frauds,
    max(hit.decision_loaded_at) as hits_loaded_at,
    max(p.changed_at) as changed_at
from {{ ref('int_rule_hits') }} as hit
inner join {{ ref('int_decision_labels') }} as p
    on hit.decision_id = p.decision_id and hit.source_timestamp = p.source_timestamp
{% if is_incremental() %}
where
    hit.event_day in (
        select fresh.event_day from {{ ref('int_rule_hits') }} as fresh where fresh.decision_loaded_at > {{ since('hits_loaded_at') }}
        union
        select changed.event_day from {{ ref('int_decision_labels') }} as changed where changed.changed_at > {{ since('changed_at') }}
    )
{% endif %}
group by hit.event_day, hit.ruleset_version, hit.rule_id, hit.rule_version, hit.rule_state
