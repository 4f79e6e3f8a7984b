{# A score with two significant digits: fine enough for deciles of any model, and few enough to keep by day. #}
{% macro score_bin(score) -%}
case when {{ score }} <= 0 then 0 else round({{ score }}, 1 - floor(log({{ score }}::double precision))::integer) end
{%- endmacro %}
