-- At $4 (microseconds since 1970) the topic of partition ($1, $2) ended at $5. 0 rows: the epoch is not $3 any more.
update journal.partitions
set end_offset = $5,
  caught_up_at = case when coalesce(next_offset, $5) >= $5
    then greatest(caught_up_at, 'epoch'::timestamptz + $4::bigint * interval '1 microsecond') else caught_up_at end
where topic = $1 and partition = $2 and epoch = $3
