select
    store_day.event_day,
    store_day.currency,
    sum(store_day.payments)::bigint as payments,
    sum(store_day.amount)::numeric(24, 2) as amount,
    sum(store_day.judged)::bigint as judged,
    sum(store_day.frauds)::bigint as frauds,
    sum(store_day.fraud_amount)::numeric(24, 2) as fraud_amount,
    sum(store_day.alerts)::bigint as alerts,
    sum(store_day.caught_frauds)::bigint as caught_frauds,
    sum(store_day.frauds - store_day.caught_frauds)::bigint as missed_frauds,
    {{ ratio('sum(store_day.frauds)', 'sum(store_day.payments)') }} as fraud_ratio,
    {{ ratio('sum(store_day.fraud_amount)', 'sum(store_day.amount)') }} as fraud_amount_ratio,
    {{ ratio('sum(store_day.caught_frauds)', 'sum(store_day.frauds)') }} as caught_ratio,
    {{ ratio('sum(store_day.judged)', 'sum(store_day.payments)') }} as judged_ratio,
    {{ is_mature('store_day.event_day') }} as is_mature
from {{ ref('int_store_days') }} as store_day
group by store_day.event_day, store_day.currency
