with days as (
    select
        model_version,
        event_day,
        sum(payments) as payments
    from {{ ref('int_model_days') }}
    group by model_version, event_day
),

-- One payment that claims to be of 1970 is no day of the model.
usual_days as (
    select
        numbered.*,
        row_number() over (partition by numbered.model_version order by numbered.event_day) as day_number
    from (
        select
            days.*,
            max(days.payments) over (partition by days.model_version) as busiest
        from days
    ) as numbered
    where 100 * numbered.payments >= numbered.busiest
),

reference_bins as (
    select
        bin.model_version,
        bin.score_bin,
        sum(bin.payments) as payments
    from {{ ref('int_model_days') }} as bin
    inner join usual_days as day
        on
            bin.model_version = day.model_version
            and bin.event_day = day.event_day
            and day.day_number <= {{ var('drift_reference_days') }}
    group by bin.model_version, bin.score_bin
),

reference_placed as (
    select
        model_version,
        score_bin,
        payments,
        ceil(
            10 * (sum(payments) over (partition by model_version order by score_bin) - payments / 2)
            / sum(payments) over (partition by model_version)
        )::integer as place
    from reference_bins
),

reference_groups as (
    select
        model_version,
        place,
        max(score_bin) as greatest_score,
        sum(payments) as payments
    from reference_placed
    group by model_version, place
),

-- A score above all of the reference belongs to the topmost group.
day_bins as (
    select
        day.model_version,
        day.event_day,
        coalesce(
            (
                select min(groups.place) from reference_groups as groups
                where groups.model_version = bin.model_version and groups.greatest_score >= bin.score_bin
            ),
            (select max(groups.place) from reference_groups as groups where groups.model_version = bin.model_version)
        ) as place,
        bin.payments
    from usual_days as day
    inner join {{ ref('int_model_days') }} as bin on day.model_version = bin.model_version and day.event_day = bin.event_day
),

day_groups as (
    select
        model_version,
        event_day,
        place,
        sum(payments) as payments
    from day_bins
    group by model_version, event_day, place
),

shares as (
    select
        day.model_version,
        day.event_day,
        day.payments,
        day.day_number,
        -- Half a payment more in each group, so that an empty one has a logarithm.
        (coalesce(day_group.payments, 0) + 0.5) / (day.payments + 0.5 * count(*) over (partition by day.model_version, day.event_day))
            as day_share,
        (reference.payments + 0.5)
        / (
            sum(reference.payments) over (partition by day.model_version, day.event_day)
            + 0.5 * count(*) over (partition by day.model_version, day.event_day)
        ) as reference_share
    from usual_days as day
    inner join reference_groups as reference on day.model_version = reference.model_version
    left join day_groups as day_group
        on day.model_version = day_group.model_version and day.event_day = day_group.event_day and reference.place = day_group.place
)

select
    model_version,
    event_day,
    payments::bigint as payments,
    day_number <= {{ var('drift_reference_days') }} as is_reference,
    count(*)::integer as score_groups,
    round(sum((day_share - reference_share) * ln(day_share / reference_share)), 6) as population_stability_index
from shares
group by model_version, event_day, payments, day_number
