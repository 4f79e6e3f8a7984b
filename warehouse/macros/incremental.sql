{#
  The moment from which an incremental model looks again: the newest one in the given column of the table as it stands, less the
  overlap. Asked before the statement, so that PostgreSQL plans with a literal and finds the rows by an index.
#}
{% macro since(column) -%}
{%- if execute and is_incremental() -%}
    {%- set question -%}
        select coalesce(
            to_char(
                (max({{ column }}) - interval '{{ var("overlap_minutes") }} minutes') at time zone 'UTC',
                '"timestamptz ''"YYYY-MM-DD HH24:MI:SS.US"+00''"'
            ),
            'timestamptz ''-infinity'''
        )
        from {{ this }}
    {%- endset -%}
{{ run_query(question).columns[0].values()[0] }}
{%- else -%}
timestamptz '-infinity'
{%- endif -%}
{%- endmacro %}
