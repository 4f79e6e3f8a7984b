{{ config(severity='warn') }}
{# A label may come before its payment; one that is old and still alone names a payment that nobody has seen. #}
select
    label.transaction_id,
    label.label_source,
    label.known_at
from {{ ref('stg_labels') }} as label
where
    label.loaded_at > (select max(newest.loaded_at) from {{ ref('stg_labels') }} as newest) - interval '{{ var("checked_days") }} days'
    and not exists (select 1 from {{ ref('int_decision_labels') }} as decision where decision.transaction_id = label.transaction_id)
