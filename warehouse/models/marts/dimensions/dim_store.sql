{{ config(indexes=[{'columns': ['store_id', 'valid_from'], 'unique': True}]) }}

with versions as (
    select
        store_id,
        channel,
        city,
        state,
        latitude,
        longitude,
        category,
        terminal,
        valid_from,
        least(
            coalesce(valid_to, 'infinity'),
            lead(valid_from, 1, 'infinity') over (partition by store_id order by valid_from)
        ) as valid_to,
        false as is_inferred
    from {{ ref('stg_stores') }}
),

-- Stores that payments name, and of which the shop has told nothing.
inferred as (
    select distinct
        seller.store_id,
        null::text as channel,
        null::text as city,
        null::text as state,
        null::double precision as latitude,
        null::double precision as longitude,
        null::text as category,
        null::text as terminal,
        '-infinity'::timestamptz as valid_from,
        'infinity'::timestamptz as valid_to,
        true as is_inferred
    from {{ ref('int_store_days') }} as seller
    where not exists (select 1 from versions where versions.store_id = seller.store_id)
),

together as (
    select * from versions
    union all
    select * from inferred
)

select
    md5(store_id || '|' || extract(epoch from valid_from)) as store_key,
    store_id,
    channel,
    city,
    state,
    latitude,
    longitude,
    category,
    terminal,
    valid_from,
    valid_to,
    valid_to = 'infinity' as is_current,
    is_inferred
from together
