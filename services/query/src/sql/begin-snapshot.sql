-- Begins the transaction of one request: one snapshot, read only, bound to one tenant by row-level security. Sent as one
-- message, so that it costs one round trip; the last statement answers what the snapshot stands for, log by log.
-- `{tenant}` is replaced by a quoted literal: the simple protocol, which takes several statements, has no parameters.
begin isolation level repeatable read read only;
set local role onbehalf_reader;
set local search_path = lineage, pg_catalog;
set local statement_timeout = '15s';
-- A client that reads a stream slower than this loses it: a snapshot that nobody ends keeps the database from tidying.
set local idle_in_transaction_session_timeout = '60s';
select set_config('onbehalf.tenant', {tenant}, true);
-- Served by logs_pk and cursors_pk: as many rows as the tenant has logs.
select l.log_id as "logId", l.origin, l.size, l.root_hash as root, coalesce(c.position, 0) as projected
from journal.logs l
left join cursors c on c.tenant = l.tenant and c.log_id = l.log_id
where l.tenant = {tenant}
order by l.log_id;
