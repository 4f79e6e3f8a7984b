with hits as (
    select
        rule_id,
        rule_version,
        rule_state,
        min(event_day) as first_day,
        max(event_day) as last_day,
        sum(hits) as hits,
        sum(frauds) as fraud_hits_known_now,
        sum(hits) filter (where {{ is_mature('event_day') }}) as mature_hits,
        coalesce(sum(judged_when_mature) filter (where {{ is_mature('event_day') }}), 0) as judged_hits,
        coalesce(sum(frauds_when_mature) filter (where {{ is_mature('event_day') }}), 0) as fraud_hits
    from {{ ref('int_rule_days') }}
    group by rule_id, rule_version, rule_state
),

-- A version of a rule was active in every ruleset in which it has fired.
active as (
    select distinct
        rule_id,
        rule_version,
        rule_state,
        ruleset_version
    from {{ ref('int_rule_days') }}
),

seen as (
    select
        active.rule_id,
        active.rule_version,
        active.rule_state,
        sum(day.payments) as mature_payments,
        sum(day.judged_when_mature) as judged_payments,
        sum(day.frauds_when_mature) as frauds
    from active
    inner join {{ ref('int_ruleset_days') }} as day on active.ruleset_version = day.ruleset_version
    where {{ is_mature('day.event_day') }}
    group by active.rule_id, active.rule_version, active.rule_state
)

select
    hits.rule_id,
    hits.rule_version,
    hits.rule_state,
    hits.first_day,
    hits.last_day,
    hits.hits::bigint as hits,
    hits.fraud_hits_known_now::bigint as fraud_hits_known_now,
    coalesce(seen.mature_payments, 0)::bigint as mature_payments,
    coalesce(seen.judged_payments, 0)::bigint as judged_payments,
    coalesce(seen.frauds, 0)::bigint as frauds,
    coalesce(hits.mature_hits, 0)::bigint as mature_hits,
    hits.judged_hits::bigint as judged_hits,
    hits.fraud_hits::bigint as fraud_hits,
    {{ ratio('hits.mature_hits', 'seen.mature_payments') }} as hit_ratio,
    {{ ratio('hits.fraud_hits', 'hits.mature_hits') }} as precision_ratio,
    {{ ratio('hits.fraud_hits', 'seen.frauds') }} as recall_ratio
from hits
left join seen
    on hits.rule_id = seen.rule_id and hits.rule_version = seen.rule_version and hits.rule_state = seen.rule_state
