with waiting as (
    select * from {{ ref('fct_alerts') }}
    where is_open and not canary
),

customers as (
    select
        customer_id,
        sum(payments) as payments,
        sum(alerts) as alerts,
        sum(frauds) as frauds
    from {{ ref('mart_customer_risk') }}
    group by customer_id
)

select
    waiting.decision_id,
    waiting.source_timestamp,
    waiting.transaction_id,
    waiting.customer_id,
    waiting.store_id,
    waiting.event_time,
    waiting.amount,
    waiting.currency,
    waiting.outcome,
    waiting.score,
    waiting.reasons,
    round(extract(epoch from greatest({{ as_of() }}, waiting.event_time) - waiting.event_time) / 3600, 1) as waiting_hours,
    coalesce(customers.payments, 0)::bigint as customer_payments,
    coalesce(customers.alerts, 0)::bigint as customer_alerts,
    coalesce(customers.frauds, 0)::bigint as customer_frauds,
    -- A blocked customer waits at the till, so blocks come first.
    row_number() over (
        order by
            waiting.outcome = 'block' desc, waiting.score desc, waiting.amount desc, waiting.decision_id asc, waiting.source_timestamp asc
    ) as place
from waiting
left join customers on waiting.customer_id = customers.customer_id
