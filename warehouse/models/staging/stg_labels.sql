select
    label_partition,
    label_offset,
    label_timestamp,
    transaction_id,
    customer_id,
    store_id,
    is_fraud,
    source as label_source,
    known_at,
    event_time,
    scenario,
    comment,
    loaded_at
from {{ source('bronze', 'labels') }}
