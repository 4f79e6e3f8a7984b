with letters as (
    select
        source_topic,
        source_day,
        stage,
        code,
        record_key,
        value_bytes,
        source_timestamp
    from {{ ref('stg_dead_letters') }}
    union all
    -- Records that were decided or labelled, and that the warehouse itself could not read.
    select
        source_topic,
        source_day,
        'store' as stage,
        'UNREADABLE' as code,
        record_key,
        value_bytes,
        source_timestamp
    from {{ ref('stg_unreadable') }}
),

counted as (
    select
        source_day,
        source_topic,
        stage,
        code,
        count(*) as letters,
        count(distinct record_key) as record_keys,
        max(value_bytes) as largest_bytes,
        min(source_timestamp) as first_at,
        max(source_timestamp) as last_at
    from letters
    group by source_day, source_topic, stage, code
)

select
    counted.source_day,
    counted.source_topic,
    counted.stage,
    counted.code,
    counted.letters,
    counted.record_keys,
    counted.largest_bytes,
    counted.first_at,
    counted.last_at,
    {{ ratio(
        'counted.letters',
        'coalesce(day.decisions, 0) + sum(counted.letters) over (partition by counted.source_topic, counted.source_day)'
    ) }} as records_ratio,
    counted.source_day = min(counted.source_day) over (partition by counted.code) as is_first_day_of_code
from counted
left join {{ ref('int_source_days') }} as day on counted.source_topic = day.source_topic and counted.source_day = day.source_day
