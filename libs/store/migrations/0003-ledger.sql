-- The Merkle ledger: full tiles (C2SP tlog-tiles: 256 hashes of 32 bytes) and the root over each, which is one hash of
-- the level above. Partial tiles are not stored: they follow from the segments and the tiles below.
create schema if not exists ledger;

create table ledger.tiles (
  tenant text collate "C" not null,
  log_id text collate "C" not null,
  level smallint not null,
  index bigint not null,
  hashes bytea not null,
  root bytea not null,
  constraint tiles_pk primary key (tenant, log_id, level, index),
  constraint tiles_level check (level between 0 and 7),
  constraint tiles_index check (index >= 0),
  constraint tiles_hashes check (octet_length(hashes) = 8192),
  constraint tiles_root check (octet_length(root) = 32)
);
alter table ledger.tiles alter hashes set storage external;

alter table ledger.tiles enable row level security;
create policy reader on ledger.tiles for select to onbehalf_reader
  using (tenant = current_setting('onbehalf.tenant', true));
create policy every_tenant on ledger.tiles to onbehalf_eraser, onbehalf_notary using (true);

grant usage on schema ledger to onbehalf_writer, onbehalf_projector, onbehalf_reader, onbehalf_eraser, onbehalf_notary;
grant select on ledger.tiles to onbehalf_writer, onbehalf_projector, onbehalf_reader, onbehalf_eraser, onbehalf_notary;
grant insert on ledger.tiles to onbehalf_writer;

-- Which of the 64 buckets a tenant is in. Asked once per tenant; the answer is stored.
create function journal.bucket_of(tenant text) returns smallint
language sql immutable parallel safe
return (get_byte(sha256(convert_to(tenant, 'UTF8')), 0) & 63)::smallint;

-- Onbehalf's own entries come from several writers at once, so this function is the only way into a log `own`: it locks
-- the head, and takes size and peaks from it. The programs' writer (partition-writer.ts) does the same in memory for
-- data logs; a test holds the two together, byte by byte.
-- One segment of 1 to 256 entries of kind `own`, producer `onbehalf`; salts of 16 bytes, contents in step with them.
create function journal.append_own(
  p_tenant text, p_salts bytea[], p_contents bytea[],
  out first_index bigint, out entries integer, out received_at timestamptz
)
language plpgsql security definer set search_path = pg_catalog, pg_temp set timezone = 'UTC' as $$
<<head>>
declare
  n integer := cardinality(p_salts);
  size bigint;
  frontier bytea;
  last_received_at timestamptz;
  prefix bytea;
  suffix bytea := '\x0a';
  commitment bytea;
  commitments bytea := '';
  lengths bytea := '';
  body bytea := '';
  node bytea;
  rest bigint;
  len integer;
begin
  if n is distinct from cardinality(p_contents) or n not between 1 and 256 then
    raise exception 'journal.append_own takes 1 to 256 salts and as many contents' using errcode = '22023';
  end if;
  -- The caller's role: within a security definer function, current_user is the owner.
  if current_setting('role') = 'onbehalf_reader' and p_tenant is distinct from current_setting('onbehalf.tenant', true) then
    raise exception 'the reader of one tenant cannot append to another' using errcode = '42501';
  end if;

  select l.size, l.frontier, l.received_at into size, frontier, last_received_at
  from journal.logs l where l.tenant = p_tenant and l.log_id = 'own' for update;
  if not found then
    insert into journal.tenants (tenant, bucket) values (p_tenant, journal.bucket_of(p_tenant)) on conflict do nothing;
    insert into journal.logs (tenant, log_id, origin, size, root_hash, frontier)
    values (p_tenant, 'own', p_tenant || '/own', 0, sha256(''), '') on conflict do nothing;
    select l.size, l.frontier, l.received_at into size, frontier, last_received_at
    from journal.logs l where l.tenant = p_tenant and l.log_id = 'own' for update;
    -- Whoever finds the log empty says first that it exists. It is not empty the second time round.
    if size = 0 and p_contents[1] is distinct from journal.log_opened(p_tenant, 'own') then
      perform journal.append_own(p_tenant, array[uuid_send(gen_random_uuid())],
        array[journal.log_opened(p_tenant, 'own')]);
      select l.size, l.frontier, l.received_at into size, frontier, last_received_at
      from journal.logs l where l.tenant = p_tenant and l.log_id = 'own';
    end if;
  end if;

  first_index := size;
  entries := n;
  received_at := greatest(last_received_at, clock_timestamp());
  prefix := '\x00'::bytea || convert_to(E'onbehalf.entry/v1\n' || p_tenant || E'\nown\n'
    || to_char(received_at, 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') || E'\nonbehalf\n', 'UTF8');

  for i in 1 .. n loop
    if octet_length(p_salts[i]) is distinct from 16 or p_contents[i] is null then
      raise exception 'a salt is 16 bytes, and a content is bytes' using errcode = '22023';
    end if;
    commitment := sha256(p_salts[i] || p_contents[i]);
    commitments := commitments || commitment;
    len := octet_length(p_contents[i]);
    lengths := lengths || set_byte(set_byte(set_byte(set_byte('\x00000000'::bytea,
      0, len & 255), 1, (len >> 8) & 255), 2, (len >> 16) & 255), 3, (len >> 24) & 255);
    body := body || p_salts[i] || p_contents[i];
    node := sha256(prefix || convert_to(encode(commitment, 'base64'), 'UTF8') || suffix);
    rest := size;
    while rest & 1 = 1 loop
      node := sha256('\x01'::bytea || substr(frontier, octet_length(frontier) - 31) || node);
      frontier := substr(frontier, 1, octet_length(frontier) - 32);
      rest := rest >> 1;
    end loop;
    frontier := frontier || node;
    size := size + 1;
  end loop;

  insert into journal.segments
    (tenant, log_id, first_index, count, received_at, encoding, kinds, producers, offsets, commitments, content)
  values (p_tenant, 'own', append_own.first_index, n, append_own.received_at, 0, 'own*' || n, 'onbehalf*' || n, '',
    commitments, lengths || body);
  perform journal.write_own_tiles(p_tenant, first_index, size);
  update journal.logs l
  set size = head.size, frontier = head.frontier, root_hash = journal.root_of(head.frontier),
    received_at = append_own.received_at
  where l.tenant = p_tenant and l.log_id = 'own';
end
$$;

-- The content of a `log.opened` entry: a CloudEvent. Its id is the log's name, so that saying it twice says it once.
create function journal.log_opened(tenant text, log_id text, topic text default null, partition integer default null)
returns bytea language sql stable parallel safe
return convert_to(json_strip_nulls(json_build_object(
  'specversion', '1.0', 'id', 'log.opened/' || tenant || '/' || log_id, 'source', 'urn:onbehalf:journal',
  'type', 'onbehalf.log.opened.v1', 'time', to_char(transaction_timestamp() at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
  'data', json_build_object('log', tenant || '/' || log_id, 'topic', topic, 'partition', partition)))::text, 'UTF8');

-- The Merkle root over peaks, the largest first: folded from the smallest. RFC 9162 section 2.1.1.
create function journal.root_of(frontier bytea) returns bytea
language plpgsql immutable parallel safe set search_path = pg_catalog, pg_temp as $$
declare
  at integer := octet_length(frontier) - 31;
  root bytea := case when at < 1 then sha256('') else substr(frontier, at, 32) end;
begin
  while at > 32 loop
    at := at - 32;
    root := sha256('\x01'::bytea || substr(frontier, at, 32) || root);
  end loop;
  return root;
end
$$;

-- The root over 2^k hashes.
create function journal.perfect_root(hashes bytea) returns bytea
language plpgsql immutable parallel safe set search_path = pg_catalog, pg_temp as $$
declare
  above bytea;
begin
  while octet_length(hashes) > 32 loop
    select string_agg(sha256('\x01'::bytea || substr(hashes, at, 64)), '' order by at) into above
    from generate_series(1, octet_length(hashes), 64) as at;
    hashes := above;
  end loop;
  return hashes;
end
$$;

-- Writes the tiles of a log `own` that became full between two sizes. The leaves of a level-0 tile are computed again
-- from its segments' commitments: once per 256 entries.
create function journal.write_own_tiles(p_tenant text, size_before bigint, size_after bigint) returns void
language plpgsql set search_path = pg_catalog, pg_temp set timezone = 'UTC' as $$
declare
  hashes bytea;
  width bigint := 256;
begin
  for tile in size_before / 256 .. size_after / 256 - 1 loop
    select string_agg(sha256('\x00'::bytea || convert_to(E'onbehalf.entry/v1\n' || p_tenant || E'\nown\n'
      || to_char(s.received_at, 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') || E'\nonbehalf\n'
      || encode(substr(s.commitments, i * 32 + 1, 32), 'base64') || E'\n', 'UTF8')), '' order by s.first_index, i)
    into hashes
    from journal.segments s cross join generate_series(0, s.count - 1) as i
    where s.tenant = p_tenant and s.log_id = 'own'
      -- A segment has at most 256 entries: no earlier one can reach into the tile.
      and s.first_index > tile * 256 - 256 and s.first_index < tile * 256 + 256
      and s.first_index + i between tile * 256 and tile * 256 + 255;
    insert into ledger.tiles (tenant, log_id, level, index, hashes, root)
    values (p_tenant, 'own', 0, tile, hashes, journal.perfect_root(hashes));
  end loop;
  for above in 1 .. 6 loop
    width := width * 256;
    exit when size_after < width;
    for tile in size_before / width .. size_after / width - 1 loop
      select string_agg(t.root, '' order by t.index) into hashes
      from ledger.tiles t
      where t.tenant = p_tenant and t.log_id = 'own' and t.level = above - 1
        and t.index between tile * 256 and tile * 256 + 255;
      insert into ledger.tiles (tenant, log_id, level, index, hashes, root)
      values (p_tenant, 'own', above, tile, hashes, journal.perfect_root(hashes));
    end loop;
  end loop;
end
$$;

revoke execute on function journal.append_own, journal.write_own_tiles from public;
grant execute on function journal.append_own
  to onbehalf_writer, onbehalf_projector, onbehalf_reader, onbehalf_eraser, onbehalf_notary;
