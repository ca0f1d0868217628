f.tenant = $1 and {status}
    and ($2::text[] is null or f.rule = any($2::text[]))
    and ($3::text[] is null or f.severity = any($3::text[]))
    and ($4::boolean is null or f.provisional = $4)
    and ($5::text[] is null or f.id = any($5::text[]))
    and $9::timestamptz is not null
    and ($6::text is null or substr(f.id, length(f.rule) + 2) = $6
      or exists (select from actions a where a.tenant = $1 and a.agent = $6 and a.key = 'action:' || substr(f.id, length(f.rule) + 2))
      or exists (select from links l join actions a on a.tenant = l.tenant and a.key = l.filed
        where l.tenant = $1 and l.key = 'id:' || substr(f.id, length(f.rule) + 2) and a.agent = $6)
      or exists (select from violations v where v.tenant = $1 and v.id = f.id and (v.key = $7 or v.shown_on = $7
        or exists (select from actions a where a.tenant = $1 and a.key = v.key and a.part = v.part and a.agent = $6))))
    and ($8::text[] is null or 'delegation:' || substr(f.id, length(f.rule) + 2) = any($8::text[])
      or exists (select from links l where l.tenant = $1 and l.key = any($8::text[]) and l.filed = 'action:' || substr(f.id, length(f.rule) + 2))
      or exists (select from violations v where v.tenant = $1 and v.id = f.id and (v.key = any($8::text[]) or v.shown_on = any($8::text[])
        or exists (select from links l where l.tenant = $1 and l.key = any($8::text[]) and l.filed = v.key))))
