{#
  The payments of every group in which something changed; on the first run all. A group is counted anew as a whole, so that a late
  payment, a late verdict and a verdict that changes all end in the numbers that a full refresh gives.
#}
{% macro regrouped(keys, only='p.is_counted') -%}
from {{ ref('int_decision_labels') }} as p
where
    {{ only }}
    {% if is_incremental() %}
    and (p.{{ keys | join(', p.') }}) in (
        select {{ keys | join(', ') }} from {{ ref('int_decision_labels') }} where changed_at > {{ since('changed_at') }}
    )
    {% endif %}
{%- endmacro %}
