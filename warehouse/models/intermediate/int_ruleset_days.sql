{{ config(
    unique_key='event_day',
    indexes=[{'columns': ['event_day', 'ruleset_version'], 'unique': True}],
) }}

select
    p.event_day,
    p.ruleset_version,
    count(*) as payments,
    count(*) filter (where p.was_fraud_when_mature is not null) as judged_when_mature,
    count(*) filter (where p.was_fraud_when_mature) as frauds_when_mature,
    max(p.changed_at) as changed_at
{{ regrouped(['event_day']) }}
group by p.event_day, p.ruleset_version
