select
    source_topic,
    source_partition,
    source_offset,
    source_timestamp,
    {{ utc_day('source_timestamp') }} as source_day,
    code,
    message,
    stage,
    schema_version,
    record_key,
    preview,
    value_bytes,
    dlq_partition,
    dlq_offset,
    dlq_timestamp,
    loaded_at
from {{ source('bronze', 'dead_letters') }}
