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
    valid_to,
    loaded_at
from {{ source('bronze', 'stores') }}
