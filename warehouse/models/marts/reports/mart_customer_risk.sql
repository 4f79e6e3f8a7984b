with windows as (
    select
        day.customer_id,
        day.currency,
        sum(day.payments) as payments,
        sum(day.amount) as amount,
        sum(day.judged) as judged,
        sum(day.frauds) as frauds,
        sum(day.fraud_amount) as fraud_amount,
        sum(day.alerts) as alerts,
        sum(day.blocked) as blocked,
        max(day.highest_score) as highest_score,
        max(day.stores) as most_stores_a_day,
        max(day.last_event_time) as last_event_time
    from {{ ref('int_customer_days') }} as day
    where day.event_day > {{ utc_day(as_of()) }} - {{ var('risk_window_days') }}
    group by day.customer_id, day.currency
)

select
    windows.customer_id,
    windows.currency,
    customer.home_city,
    customer.segment,
    windows.payments::bigint as payments,
    windows.amount::numeric(24, 2) as amount,
    windows.judged::bigint as judged,
    windows.frauds::bigint as frauds,
    windows.fraud_amount::numeric(24, 2) as fraud_amount,
    windows.alerts::bigint as alerts,
    windows.blocked::bigint as blocked,
    windows.highest_score::numeric(20, 6) as highest_score,
    windows.most_stores_a_day::bigint as most_stores_a_day,
    windows.last_event_time
from windows
left join {{ ref('dim_customer') }} as customer on windows.customer_id = customer.customer_id and customer.is_current
