{{ config(materialized='view') }}

select
    realtime.window_start,
    realtime.window_end,
    realtime.window_seconds,
    coalesce(store.city, store.channel, 'unknown') as city,
    realtime.currency,
    sum(realtime.transactions)::bigint as transactions,
    sum(realtime.amount)::numeric(24, 2) as amount,
    sum(realtime.alerts)::bigint as alerts,
    {{ ratio('sum(realtime.alerts)', 'sum(realtime.transactions)') }} as alert_ratio
from {{ ref('stg_realtime') }} as realtime
left join {{ ref('dim_store') }} as store on realtime.value = store.store_id and store.is_current
where realtime.dimension = 'store_id'
group by
    realtime.window_start, realtime.window_end, realtime.window_seconds, coalesce(store.city, store.channel, 'unknown'), realtime.currency
