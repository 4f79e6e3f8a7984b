--liquibase formatted sql

--changeset streamflow:0004-days-without-partition splitStatements:false
-- A day whose partition was detached counts as having one: its late rows lie in DEFAULT until it is dropped.
CREATE FUNCTION ops.days_without_partition(table_name text, first_day date, last_day date) RETURNS date[]
    LANGUAGE sql STABLE
    SET timezone = 'UTC'
AS $body$
    SELECT array_agg(day::date ORDER BY day)
    FROM generate_series(first_day::timestamp, last_day::timestamp, interval '1 day') AS day
    WHERE to_regclass(format('bronze.%I', table_name || to_char(day, '_YYYYMMDD'))) IS NULL
$body$;
--rollback DROP FUNCTION ops.days_without_partition(text, date, date);

--changeset streamflow:0004-ensure-partitions splitStatements:false
-- Gives every split table of bronze a partition for each day, and returns those that were not there. Rows that lay in DEFAULT move.
-- Writers wait at the table, not at DEFAULT: there, a waiting row would be refused once its day has a partition of its own.
CREATE FUNCTION ops.ensure_partitions(first_day date, last_day date) RETURNS TABLE (partition_name text, rows_moved bigint)
    LANGUAGE plpgsql
    SET timezone = 'UTC'
    SET lock_timeout = '30s'
AS $body$
DECLARE
    parent record;
    missing date[];
    filled date[];
    missing_day date;
BEGIN
    FOR parent IN
        SELECT c.relname::text AS name, p.partdefid::regclass AS fallback
        FROM pg_partitioned_table p JOIN pg_class c ON c.oid = p.partrelid
        WHERE c.relnamespace = 'bronze'::regnamespace
        ORDER BY c.relname
    LOOP
        missing := ops.days_without_partition(parent.name, first_day, last_day);
        CONTINUE WHEN missing IS NULL;
        EXECUTE format('LOCK TABLE bronze.%I IN SHARE ROW EXCLUSIVE MODE', parent.name);
        EXECUTE format('LOCK TABLE %s IN ACCESS EXCLUSIVE MODE', parent.fallback);
        missing := ops.days_without_partition(parent.name, first_day, last_day);
        EXECUTE format('SELECT array_agg(DISTINCT source_timestamp::date) FROM %s', parent.fallback) INTO filled;
        FOREACH missing_day IN ARRAY coalesce(missing, '{}') LOOP
            partition_name := format('%s_%s', parent.name, to_char(missing_day, 'YYYYMMDD'));
            rows_moved := 0;
            EXECUTE format('CREATE TABLE bronze.%I (LIKE bronze.%I INCLUDING DEFAULTS INCLUDING STORAGE)', partition_name, parent.name);
            IF missing_day = ANY (filled) THEN
                EXECUTE format(
                    'WITH moved AS (DELETE FROM %s WHERE source_timestamp >= %L AND source_timestamp < %L RETURNING *) '
                    'INSERT INTO bronze.%I SELECT * FROM moved',
                    parent.fallback, missing_day::timestamptz, (missing_day + 1)::timestamptz, partition_name
                );
                GET DIAGNOSTICS rows_moved = ROW_COUNT;
            END IF;
            EXECUTE format(
                'ALTER TABLE bronze.%I ATTACH PARTITION bronze.%I FOR VALUES FROM (%L) TO (%L)',
                parent.name, partition_name, missing_day::timestamptz, (missing_day + 1)::timestamptz
            );
            RETURN NEXT;
        END LOOP;
    END LOOP;
END
$body$;
--rollback DROP FUNCTION ops.ensure_partitions(date, date);

--changeset streamflow:0004-day-tables
-- Every table of bronze that holds one day, attached or not.
CREATE VIEW ops.day_tables AS
SELECT
    p.relname::text AS table_name,
    c.relname::text AS partition_name,
    to_date(substring(c.relname FROM '_(\d{8})$'), 'YYYYMMDD') AS day,
    c.relispartition AS attached,
    greatest(c.reltuples, 0)::bigint AS rows_estimate,
    pg_total_relation_size(c.oid) AS bytes
FROM pg_class p
JOIN pg_class c ON c.relnamespace = p.relnamespace AND c.relkind = 'r' AND c.relname ~ ('^' || p.relname || '_\d{8}$')
WHERE p.relkind = 'p' AND p.relnamespace = 'bronze'::regnamespace;
--rollback DROP VIEW ops.day_tables;

--changeset streamflow:0004-detach-partitions splitStatements:false
-- Takes the partitions of days before this one out of their tables. Their rows stay, in tables of their own, until they are dropped.
CREATE FUNCTION ops.detach_partitions(before date) RETURNS TABLE (partition_name text)
    LANGUAGE plpgsql
    SET lock_timeout = '30s'
AS $body$
DECLARE
    old record;
BEGIN
    FOR old IN SELECT d.* FROM ops.day_tables d WHERE d.attached AND d.day < before ORDER BY d.partition_name LOOP
        EXECUTE format('ALTER TABLE bronze.%I DETACH PARTITION bronze.%I', old.table_name, old.partition_name);
        partition_name := old.partition_name;
        RETURN NEXT;
    END LOOP;
END
$body$;
--rollback DROP FUNCTION ops.detach_partitions(date);

--changeset streamflow:0004-drop-detached splitStatements:false
-- Drops what was detached, of days before this one.
CREATE FUNCTION ops.drop_detached(before date) RETURNS TABLE (partition_name text)
    LANGUAGE plpgsql
    SET lock_timeout = '30s'
AS $body$
DECLARE
    old record;
BEGIN
    FOR old IN SELECT d.* FROM ops.day_tables d WHERE NOT d.attached AND d.day < before ORDER BY d.partition_name LOOP
        EXECUTE format('DROP TABLE bronze.%I', old.partition_name);
        partition_name := old.partition_name;
        RETURN NEXT;
    END LOOP;
END
$body$;
--rollback DROP FUNCTION ops.drop_detached(date);

--changeset streamflow:0004-only-the-owner
REVOKE ALL ON FUNCTION
    ops.ensure_partitions(date, date),
    ops.days_without_partition(text, date, date),
    ops.detach_partitions(date),
    ops.drop_detached(date)
FROM PUBLIC;
--rollback empty
