with bins as (
    select
        model_version,
        score_bin,
        sum(payments) as payments,
        sum(ml_score_sum) as ml_score_sum,
        sum(judged_when_mature) as judged,
        sum(frauds_when_mature) as frauds
    from {{ ref('int_model_days') }}
    where {{ is_mature('event_day') }}
    group by model_version, score_bin
),

-- A bin belongs to the tenth in which its middle payment lies; a bin of many payments may make a tenth larger and leave one out.
placed as (
    select
        bins.*,
        ceil(
            10 * (sum(bins.payments) over (partition by bins.model_version order by bins.score_bin) - bins.payments / 2)
            / sum(bins.payments) over (partition by bins.model_version)
        )::integer as decile
    from bins
),

deciles as (
    select
        model_version,
        decile,
        min(score_bin) as least_score,
        max(score_bin) as greatest_score,
        sum(payments) as payments,
        sum(ml_score_sum) as ml_score_sum,
        sum(judged) as judged,
        sum(frauds) as frauds
    from placed
    group by model_version, decile
)

select
    model_version,
    decile,
    least_score::numeric(20, 6) as least_score,
    greatest_score::numeric(20, 6) as greatest_score,
    payments::bigint as payments,
    judged::bigint as judged,
    frauds::bigint as frauds,
    {{ ratio('ml_score_sum', 'payments') }} as mean_score,
    {{ ratio('frauds', 'payments') }} as fraud_ratio,
    {{ ratio('sum(frauds) over (partition by model_version order by decile desc)', 'sum(frauds) over (partition by model_version)') }}
        as frauds_from_here_up_ratio
from deciles
