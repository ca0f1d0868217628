-- The compare-and-set that everything hangs on: moves partition ($1, $2) from offset $4 to $5 if its epoch is still $3.
-- 0 rows: another writer has it. $6 microseconds since 1970, or null; $7 end of the topic, or null.
update journal.partitions
set next_offset = $5,
  caught_up_at = greatest(caught_up_at, 'epoch'::timestamptz + $6::bigint * interval '1 microsecond'),
  end_offset = coalesce($7, end_offset)
where topic = $1 and partition = $2 and epoch = $3 and next_offset is not distinct from $4
