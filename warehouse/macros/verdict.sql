{#
  Sorts labels so that the one that holds comes first: the one that became known last, and of one moment the one that says fraud.
  The same order as streamflow.labels.book.moment_order, down to labels that differ in nothing else.
#}
{% macro newest_first(label) -%}
{{ label }}.known_at desc, {{ label }}.is_fraud desc, {{ label }}.label_source collate "C" desc, {{ label }}.store_id collate "C" desc,
{{ label }}.customer_id collate "C" desc, {{ label }}.event_time desc, {{ label }}.label_partition, {{ label }}.label_offset
{%- endmacro %}
