{# A model's schema is the one that it names: silver or gold, in every environment. #}
{% macro generate_schema_name(custom_schema_name, node) %}
{{- custom_schema_name or target.schema -}}
{% endmacro %}
