-- The four roles of the Rise database. Roles belong to the whole server, so this migration accepts
-- that they exist. None has a password here: a deployment sets its own (`alter role rise_backend
-- password ...`); the local platform trusts its socket.
--
--   rise           owns every object and runs the migrations
--   rise_operator  writes the mirror
--   rise_backend   reads under row-level security, owns nothing, bypasses nothing
--   rise_inspect   reads everything, for people who look after the database
--
-- Run it as `rise` (owner of the database, with CREATEROLE unless the roles exist) or as a superuser.

-- migrate:up
do $$
declare
  wanted text;
begin
  foreach wanted in array array['rise', 'rise_operator', 'rise_backend', 'rise_inspect'] loop
    if not exists (select from pg_roles where rolname = wanted) then
      begin
        execute format('create role %I login nocreatedb nocreaterole noinherit', wanted);
      exception when duplicate_object or unique_violation then
        null; -- another database of this server was migrated at the same moment
      end;
    end if;
  end loop;
  if exists (
    select from pg_roles
    where rolname in ('rise_operator', 'rise_backend', 'rise_inspect') and (rolsuper or rolbypassrls)
  ) then
    raise exception 'a role of Rise is a superuser or bypasses row-level security'
      using hint = 'alter role NAME nosuperuser nobypassrls, then run the migrations again';
  end if;
  if current_user <> 'rise' and not pg_has_role('rise', 'set') then
    execute format('grant rise to %I', current_user);
  end if;
  execute format('revoke all on database %I from public', current_database());
  execute format('grant connect, create on database %I to rise', current_database());
  execute format(
    'grant connect on database %I to rise_operator, rise_backend, rise_inspect', current_database()
  );
end $$;

grant usage, create on schema public to rise;
grant usage on schema public to rise_operator, rise_backend, rise_inspect;

-- migrate:down
-- forward-only: a mistake is mended by the next migration
