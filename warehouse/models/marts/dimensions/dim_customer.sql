{{ config(indexes=[{'columns': ['customer_id', 'valid_from'], 'unique': True}]) }}

with versions as (
    select
        customer_id,
        home_city,
        state,
        segment,
        valid_from,
        -- Whatever the import says, two versions of a customer never hold at once.
        least(
            coalesce(valid_to, 'infinity'),
            lead(valid_from, 1, 'infinity') over (partition by customer_id order by valid_from)
        ) as valid_to,
        false as is_inferred
    from {{ ref('snap_customers') }}
    where dbt_valid_to is null
),

-- Customers who pay, and of whom the shop has told nothing.
inferred as (
    select distinct
        payer.customer_id,
        null::text as home_city,
        null::text as state,
        null::text as segment,
        '-infinity'::timestamptz as valid_from,
        'infinity'::timestamptz as valid_to,
        true as is_inferred
    from {{ ref('int_customer_days') }} as payer
    where not exists (select 1 from versions where versions.customer_id = payer.customer_id)
),

together as (
    select * from versions
    union all
    select * from inferred
)

select
    md5(customer_id || '|' || extract(epoch from valid_from)) as customer_key,
    customer_id,
    home_city,
    state,
    segment,
    valid_from,
    valid_to,
    valid_to = 'infinity' as is_current,
    is_inferred
from together
