select
    topic as source_topic,
    topic_partition as source_partition,
    topic_offset as source_offset,
    record_timestamp as source_timestamp,
    {{ utc_day('record_timestamp') }} as source_day,
    why as message,
    record_key,
    preview,
    value_bytes,
    loaded_at
from {{ source('bronze', 'unreadable') }}
