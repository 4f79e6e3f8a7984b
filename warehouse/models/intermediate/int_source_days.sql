{{ config(
    unique_key=['source_topic', 'source_day'],
    indexes=[{'columns': ['source_topic', 'source_day'], 'unique': True}],
) }}

select
    p.source_topic,
    p.source_day,
    count(*) as decisions,
    count(*) filter (where p.canary) as canaries,
    count(*) filter (where p.duplicate) as duplicates,
    count(*) filter (where p.id_reused) as ids_reused,
    count(*) filter (where p.late) as late,
    count(*) filter (where p.rate_missing) as rates_missing,
    count(*) filter (where p.state_reset) as states_reset,
    count(*) filter (where p.model_absence is not null) as without_model,
    max(p.event_time) as last_event_time,
    max(p.changed_at) as changed_at
{{ regrouped(['source_topic', 'source_day'], only='true') }}
group by p.source_topic, p.source_day
