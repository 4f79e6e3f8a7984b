{# Repeats and tests in production too: what silver holds, gold holds, to the cent. #}
with silver as (
    select
        currency,
        count(*) as decisions,
        sum(amount) as amount
    from {{ ref('int_decision_labels') }} group by currency
),

gold as (
    select
        currency,
        count(*) as decisions,
        sum(amount) as amount
    from {{ ref('fct_transactions') }} group by currency
)

select
    currency,
    silver.decisions as in_silver,
    gold.decisions as in_gold,
    silver.amount as silver_amount,
    gold.amount as gold_amount
from silver
full outer join gold using (currency)
where (silver.decisions, silver.amount) is distinct from (gold.decisions, gold.amount)
