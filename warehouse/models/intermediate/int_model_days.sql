{{ config(
    unique_key='event_day',
    indexes=[{'columns': ['event_day', 'model_version', 'score_bin'], 'unique': True}],
) }}

select
    p.event_day,
    p.model_version,
    {{ score_bin('p.ml_score') }} as score_bin,
    count(*) as payments,
    sum(p.ml_score) as ml_score_sum,
    count(*) filter (where p.was_fraud_when_mature is not null) as judged_when_mature,
    count(*) filter (where p.was_fraud_when_mature) as frauds_when_mature,
    max(p.changed_at) as changed_at
{{ regrouped(['event_day'], only='p.is_counted and p.ml_score is not null') }}
group by p.event_day, p.model_version, {{ score_bin('p.ml_score') }}
