{#
  A decision that came before the overlap and is not in silver: the transaction that wrote it was open for longer.
  `dbt build --full-refresh` takes it in.
#}
with newest as (
    select max(changed_at) as changed_at from {{ ref('int_decision_labels') }}
)

select
    decision.decision_id,
    decision.loaded_at
from {{ ref('stg_decisions') }} as decision
cross join newest
left join {{ ref('int_decision_labels') }} as known
    on decision.decision_id = known.decision_id and decision.source_timestamp = known.source_timestamp
where
    known.decision_id is null
    and decision.loaded_at <= newest.changed_at - interval '{{ var("overlap_minutes") }} minutes'
    and decision.loaded_at > newest.changed_at - interval '{{ var("checked_days") }} days'
