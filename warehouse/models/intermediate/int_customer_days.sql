{{ config(
    unique_key=['customer_id', 'event_day'],
    indexes=[{'columns': ['customer_id', 'event_day', 'currency'], 'unique': True}, {'columns': ['event_day']}, {'columns': ['changed_at']}],
) }}

select
    p.customer_id,
    p.event_day,
    p.currency,
    count(distinct p.store_id) as stores,
    {{ measures() }}
{{ regrouped(['customer_id', 'event_day']) }}
group by p.customer_id, p.event_day, p.currency
