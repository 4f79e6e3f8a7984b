select
    window_start,
    window_end,
    window_seconds,
    dimension,
    value,
    currency,
    transactions,
    amount,
    alerts,
    customers,
    loaded_at
from {{ source('metrics', 'realtime') }}
