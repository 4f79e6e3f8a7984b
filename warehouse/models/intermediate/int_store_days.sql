{{ config(
    unique_key=['store_id', 'event_day'],
    indexes=[{'columns': ['store_id', 'event_day', 'currency'], 'unique': True}, {'columns': ['event_day']}, {'columns': ['changed_at']}],
) }}

select
    p.store_id,
    p.event_day,
    p.currency,
    count(distinct p.customer_id) as customers,
    {{ measures() }}
{{ regrouped(['store_id', 'event_day']) }}
group by p.store_id, p.event_day, p.currency
