{% test between(model, column_name, least, greatest=none) %}
select {{ column_name }}
from {{ model }}
where {{ column_name }} < {{ least }} {%- if greatest is not none %} or {{ column_name }} > {{ greatest }} {%- endif %}
{% endtest %}
