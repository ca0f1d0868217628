-- Fences the former writer of partition ($1 topic, $2 partition). Served by partitions_pk.
insert into journal.partitions as p (topic, partition, epoch) values ($1, $2, 1)
on conflict on constraint partitions_pk do update set epoch = p.epoch + 1
returning epoch, next_offset
