{# Versions of one thing never hold at the same moment. #}
{% test no_overlap(model, of, valid_from, valid_to) %}
select {{ of }}, {{ valid_from }}, {{ valid_to }}, next_from
from (
    select {{ of }}, {{ valid_from }}, {{ valid_to }}, lead({{ valid_from }}) over (partition by {{ of }} order by {{ valid_from }}) as next_from
    from {{ model }}
) as versions
where {{ valid_to }} <= {{ valid_from }} or next_from < {{ valid_to }}
{% endtest %}
