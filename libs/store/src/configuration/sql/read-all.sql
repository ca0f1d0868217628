-- The whole configuration, for who may see every tenant. A handful of rows.
select tenant, config, removed, effective_from, version from journal.configurations order by tenant
