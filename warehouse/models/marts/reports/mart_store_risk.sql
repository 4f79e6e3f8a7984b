with windows as (
    select
        store_day.store_id,
        store_day.currency,
        sum(store_day.payments) filter (where store_day.is_recent) as payments,
        sum(store_day.amount) filter (where store_day.is_recent) as amount,
        sum(store_day.judged) filter (where store_day.is_recent) as judged,
        sum(store_day.frauds) filter (where store_day.is_recent) as frauds,
        sum(store_day.fraud_amount) filter (where store_day.is_recent) as fraud_amount,
        sum(store_day.alerts) filter (where store_day.is_recent) as alerts,
        sum(store_day.caught_frauds) filter (where store_day.is_recent) as caught_frauds,
        sum(store_day.payments) filter (where not store_day.is_recent) as payments_before,
        sum(store_day.frauds) filter (where not store_day.is_recent) as frauds_before
    from (
        select
            day.*,
            day.event_day > {{ utc_day(as_of()) }} - {{ var('risk_window_days') }} as is_recent
        from {{ ref('int_store_days') }} as day
        where day.event_day > {{ utc_day(as_of()) }} - 2 * {{ var('risk_window_days') }}
    ) as store_day
    group by store_day.store_id, store_day.currency
)

select
    windows.store_id,
    windows.currency,
    store.channel,
    store.city,
    store.state,
    store.category,
    windows.payments::bigint as payments,
    windows.amount::numeric(24, 2) as amount,
    windows.judged::bigint as judged,
    windows.frauds::bigint as frauds,
    windows.fraud_amount::numeric(24, 2) as fraud_amount,
    windows.alerts::bigint as alerts,
    {{ ratio('windows.frauds', 'windows.payments') }} as fraud_ratio,
    {{ ratio('windows.frauds_before', 'windows.payments_before') }} as fraud_ratio_before,
    {{ ratio('windows.caught_frauds', 'windows.frauds') }} as caught_ratio,
    rank() over (partition by windows.currency order by windows.frauds::numeric / windows.payments desc) as fraud_rank
from windows
left join {{ ref('dim_store') }} as store on windows.store_id = store.store_id and store.is_current
where windows.payments > 0
