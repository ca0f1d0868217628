-- Five roles that nobody logs in as: a connection takes one of them (`-c role=…`) and can then do what that part of the
-- product must, and no more. They belong to the cluster, so another database of it may have made them already.
-- The writer and the projector pass row-level security by: COPY into a table that has it is refused otherwise.
do $$
declare
  wanted record;
  statements text := $sql$
create role onbehalf_writer nologin bypassrls;
create role onbehalf_projector nologin bypassrls;
create role onbehalf_reader nologin;
create role onbehalf_eraser nologin;
create role onbehalf_notary nologin;
grant onbehalf_writer, onbehalf_projector, onbehalf_reader, onbehalf_eraser, onbehalf_notary to $sql$
    || quote_ident(current_user) || ' with inherit false, set true;';
begin
  for wanted in
    select * from (values
      ('onbehalf_writer', true), ('onbehalf_projector', true),
      ('onbehalf_reader', false), ('onbehalf_eraser', false), ('onbehalf_notary', false)
    ) as roles (name, bypasses)
  loop
    begin
      if not exists (select from pg_roles where rolname = wanted.name) then
        execute format('create role %I nologin %s', wanted.name, case when wanted.bypasses then 'bypassrls' else '' end);
      end if;
      if not pg_has_role(current_user, wanted.name, 'set') then
        execute format('grant %I to current_user with inherit false, set true', wanted.name);
      end if;
    exception
      -- Another database of this cluster is being installed at this moment.
      when duplicate_object or unique_violation then null;
    end;
  end loop;
  if exists (select from pg_roles where rolname in ('onbehalf_writer', 'onbehalf_projector') and not rolbypassrls) then
    raise insufficient_privilege using message = 'onbehalf_writer and onbehalf_projector must bypass row-level security';
  end if;
exception
  when insufficient_privilege then
    raise exception using errcode = 'OB001', message = sqlerrm, detail = statements;
end
$$;
