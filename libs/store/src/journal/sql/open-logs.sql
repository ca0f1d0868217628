-- First entries of some tenants ($1, joined by U+001F) in log $2 of partition ($3, $4): tenants, with their buckets, and
-- logs. Answers one row per log.
with named as (
  select tenant from unnest(string_to_array($1, E'\x1f')) as t (tenant)
), tenants as (
  insert into journal.tenants (tenant, bucket) select tenant, journal.bucket_of(tenant) from named
  on conflict on constraint tenants_pk do nothing
)
insert into journal.logs (tenant, log_id, origin, topic, partition, size, root_hash, frontier)
select tenant, $2, tenant || '/' || $2, $3, $4, 0, sha256(''), '' from named
