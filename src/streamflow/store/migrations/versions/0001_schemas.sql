--liquibase formatted sql

--changeset streamflow:0001-schemas
CREATE SCHEMA bronze;
CREATE SCHEMA silver;
CREATE SCHEMA gold;
CREATE SCHEMA metrics;
CREATE SCHEMA ops;
--rollback DROP SCHEMA ops;
--rollback DROP SCHEMA metrics;
--rollback DROP SCHEMA gold CASCADE;
--rollback DROP SCHEMA silver CASCADE;
--rollback DROP SCHEMA bronze;

--changeset streamflow:0001-grants
-- Tables that later migrations make get their grants from here, so that none is forgotten.
GRANT USAGE ON SCHEMA bronze, metrics TO streamflow_writer, streamflow_transformer, streamflow_reader;
GRANT USAGE, CREATE ON SCHEMA silver, gold TO streamflow_transformer;
GRANT USAGE ON SCHEMA silver, gold TO streamflow_reader;
GRANT USAGE ON SCHEMA ops TO streamflow_transformer, streamflow_reader;
ALTER DEFAULT PRIVILEGES IN SCHEMA bronze, metrics GRANT SELECT, INSERT, UPDATE ON TABLES TO streamflow_writer;
ALTER DEFAULT PRIVILEGES IN SCHEMA bronze, metrics GRANT SELECT ON TABLES TO streamflow_transformer, streamflow_reader;
ALTER DEFAULT PRIVILEGES IN SCHEMA ops GRANT SELECT, INSERT ON TABLES TO streamflow_transformer;
ALTER DEFAULT PRIVILEGES IN SCHEMA ops GRANT SELECT ON TABLES TO streamflow_reader;
ALTER DEFAULT PRIVILEGES FOR ROLE streamflow_transformer IN SCHEMA silver, gold GRANT SELECT ON TABLES TO streamflow_reader;
--rollback ALTER DEFAULT PRIVILEGES FOR ROLE streamflow_transformer IN SCHEMA silver, gold REVOKE SELECT ON TABLES FROM streamflow_reader;
--rollback ALTER DEFAULT PRIVILEGES IN SCHEMA ops REVOKE SELECT ON TABLES FROM streamflow_reader;
--rollback ALTER DEFAULT PRIVILEGES IN SCHEMA ops REVOKE SELECT, INSERT ON TABLES FROM streamflow_transformer;
--rollback ALTER DEFAULT PRIVILEGES IN SCHEMA bronze, metrics REVOKE SELECT ON TABLES FROM streamflow_transformer, streamflow_reader;
--rollback ALTER DEFAULT PRIVILEGES IN SCHEMA bronze, metrics REVOKE SELECT, INSERT, UPDATE ON TABLES FROM streamflow_writer;
--rollback REVOKE ALL ON SCHEMA bronze, silver, gold, metrics, ops FROM streamflow_writer, streamflow_transformer, streamflow_reader;
