{# Payments and money by day and currency, each counted from another table; a row says where they differ. #}
with facts as (
    select
        event_day,
        currency,
        count(*) as payments,
        sum(amount) as amount
    from {{ ref('fct_transactions') }}
    where is_counted
    group by event_day, currency
),

by_store as (
    select
        event_day,
        currency,
        payments,
        amount
    from {{ ref('mart_daily_fraud') }}
),

by_customer as (
    select
        event_day,
        currency,
        sum(payments) as payments,
        sum(amount) as amount
    from {{ ref('int_customer_days') }}
    group by event_day, currency
)

select
    event_day,
    currency,
    facts.payments as in_facts,
    by_store.payments as by_store,
    by_customer.payments as by_customer
from facts
full outer join by_store using (event_day, currency)
full outer join by_customer using (event_day, currency)
where
    (facts.payments, facts.amount) is distinct from (by_store.payments, by_store.amount)
    or (facts.payments, facts.amount) is distinct from (by_customer.payments, by_customer.amount)
