select
    calendar.day::date as date_day,
    extract(isoyear from calendar.day)::integer as iso_year,
    extract(week from calendar.day)::integer as iso_week,
    extract(isodow from calendar.day)::integer as iso_weekday,
    extract(year from calendar.day)::integer as calendar_year,
    extract(quarter from calendar.day)::integer as calendar_quarter,
    extract(month from calendar.day)::integer as calendar_month,
    extract(day from calendar.day)::integer as day_of_month,
    date_trunc('month', calendar.day)::date as month_start,
    (date_trunc('month', calendar.day) + interval '1 month - 1 day')::date as month_end,
    extract(isodow from calendar.day) >= 6 as is_weekend
-- Without a time zone, so no day is longer or shorter than another.
from generate_series(timestamp '1970-01-01', timestamp '{{ var("calendar_end") }}', interval '1 day') as calendar (day)
