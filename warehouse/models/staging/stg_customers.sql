select
    customer_id,
    home_city,
    state,
    segment,
    valid_from,
    valid_to,
    loaded_at
from {{ source('bronze', 'customers') }}
