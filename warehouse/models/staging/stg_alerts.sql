select
    decision_id,
    source_topic,
    source_partition,
    source_offset,
    source_timestamp,
    transaction_id,
    customer_id,
    store_id,
    outcome,
    score::numeric(20, 6) as score,
    event_time,
    loaded_at
from {{ source('bronze', 'alerts') }}
