select
    store_day.event_day,
    store_day.currency,
    sum(store_day.fraud_amount)::numeric(24, 2) as fraud_amount,
    sum(store_day.blocked_fraud_amount)::numeric(24, 2) as saved_amount,
    sum(store_day.reviewed_fraud_amount)::numeric(24, 2) as held_amount,
    sum(store_day.fraud_amount - store_day.caught_amount)::numeric(24, 2) as lost_amount,
    sum(store_day.blocked_honest)::bigint as honest_blocked,
    sum(store_day.blocked_honest_amount)::numeric(24, 2) as honest_blocked_amount,
    sum(store_day.reviewed_honest)::bigint as honest_reviewed,
    {{ ratio('sum(store_day.blocked_fraud_amount)', 'sum(store_day.fraud_amount)') }} as saved_ratio,
    {{ is_mature('store_day.event_day') }} as is_mature
from {{ ref('int_store_days') }} as store_day
group by store_day.event_day, store_day.currency
