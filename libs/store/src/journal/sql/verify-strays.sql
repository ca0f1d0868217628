-- Segments and tiles of logs that have no head.
select tenant, log_id from (
  select tenant, log_id from journal.segments union select tenant, log_id from ledger.tiles
) present
where not exists (select from journal.logs l where l.tenant = present.tenant and l.log_id = present.log_id)
order by tenant, log_id
