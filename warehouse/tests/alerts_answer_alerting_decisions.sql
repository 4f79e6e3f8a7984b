{# What lies in the topic of alerts and what decisions say of themselves are told apart by two programs. #}
select
    alert.decision_id,
    alert.outcome,
    decision.outcome as outcome_of_decision
from {{ ref('fct_alerts') }} as alert
inner join {{ ref('fct_transactions') }} as decision
    on alert.decision_id = decision.decision_id and alert.source_timestamp = decision.source_timestamp
where not decision.is_alert or alert.outcome <> decision.outcome or alert.score <> decision.score
