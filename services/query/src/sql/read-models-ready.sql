-- For `/readyz`: which fold made the live read models, and until when a projector holds a lease. No tenant's row is read.
select
  (select fold_version from journal.read_models where name = 'lineage') as "foldVersion",
  to_regclass('lineage.actions') is not null as present,
  (select extract(epoch from max(lease_until) - clock_timestamp()) from journal.leases
   where lease_until > '-infinity') as "leaseLeftS"
