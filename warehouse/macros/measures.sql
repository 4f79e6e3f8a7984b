{#
  What is counted of payments, the same for every grouping. Expects int_decision_labels as p, payments that count only.
  Money is not added across currencies: whoever uses this groups by currency too.
#}
{% macro measures() %}
    count(*) as payments,
    sum(p.amount) as amount,
    count(*) filter (where p.is_fraud is not null) as judged,
    count(*) filter (where p.is_fraud) as frauds,
    coalesce(sum(p.amount) filter (where p.is_fraud), 0) as fraud_amount,
    count(*) filter (where p.is_alert) as alerts,
    count(*) filter (where p.is_alert and p.is_fraud) as caught_frauds,
    coalesce(sum(p.amount) filter (where p.is_alert and p.is_fraud), 0) as caught_amount,
    count(*) filter (where p.outcome = 'block') as blocked,
    coalesce(sum(p.amount) filter (where p.outcome = 'block' and p.is_fraud), 0) as blocked_fraud_amount,
    count(*) filter (where p.outcome = 'block' and not p.is_fraud) as blocked_honest,
    coalesce(sum(p.amount) filter (where p.outcome = 'block' and not p.is_fraud), 0) as blocked_honest_amount,
    coalesce(sum(p.amount) filter (where p.outcome = 'review' and p.is_fraud), 0) as reviewed_fraud_amount,
    count(*) filter (where p.outcome = 'review' and not p.is_fraud) as reviewed_honest,
    max(p.score) as highest_score,
    max(p.event_time) as last_event_time,
    max(p.changed_at) as changed_at
{% endmacro %}

{# Part over whole with six decimals; empty where there is no whole. #}
{% macro ratio(part, whole) -%}
round({{ part }}::numeric / nullif({{ whole }}, 0), 6)
{%- endmacro %}
