-- The row of a tenant whose `config.changed` entry was appended in this transaction. configurations_pk.
insert into journal.configurations (tenant, version, config, removed, effective_from, own_index) values ($1, $2, $3, $4, $5, $6)
on conflict (tenant) do update
set version = excluded.version, config = excluded.config, removed = excluded.removed,
  effective_from = excluded.effective_from, own_index = excluded.own_index
