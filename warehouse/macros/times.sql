{# The day in UTC, whatever the session's time zone is. #}
{% macro utc_day(moment) -%}
({{ moment }} at time zone 'UTC')::date
{%- endmacro %}

{# The newest event time that silver knows (at most five minutes after its broker time): what a run takes for now, so that the same data
   gives the same rows whenever it runs, and a replayed history is looked at from its own end. #}
{% macro as_of() -%}
(select max(clock.last_event_time) from {{ ref('int_source_days') }} as clock)
{%- endmacro %}

{# Whether every payment of a day is old enough to be judged. #}
{% macro is_mature(event_day) -%}
({{ event_day }} + {{ var('label_delay_days') }} + 1 <= {{ utc_day(as_of()) }})
{%- endmacro %}
