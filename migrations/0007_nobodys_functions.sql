-- Without an identity nobody sees a row but the operator and the inspection role. What policies ask
-- runs as `rise_functions` from now on, whom nobody can sign in as or become; it ran as `rise`, the
-- tables' owner, who saw all of them for it. Foreign keys are checked past row-level security.
--
-- A migration that reads or changes rows does so after `set local role rise_operator`; one that
-- replaces such a function lends `rise_functions` to `rise`, as here.

-- migrate:up
do $$
begin
  if not exists (select from pg_roles where rolname = 'rise_functions') then
    begin
      create role rise_functions nologin nocreatedb nocreaterole noinherit;
    exception when duplicate_object or unique_violation then
      null; -- another database of this server was migrated at the same moment
    end;
  end if;
  if exists (
    select from pg_roles
    where rolname = 'rise_functions' and (rolsuper or rolbypassrls or rolcanlogin)
  ) then
    raise exception 'the role rise_functions can sign in, is a superuser or bypasses row-level security'
      using hint = 'alter role rise_functions nologin nosuperuser nobypassrls, then run the migrations again';
  end if;
  if current_user = 'rise' then
    grant rise_functions to rise with set true, inherit false;
  else
    grant rise_functions to rise with admin true, set true, inherit false;
  end if;
exception when insufficient_privilege then
  raise exception 'the role rise may not make the role rise_functions, or not lend it to itself'
    using hint = 'as a superuser: create role rise_functions nologin noinherit (unless it exists); '
      'grant rise_functions to rise with admin true, inherit false; then run the migrations again';
end $$;

grant usage, create on schema public to rise_functions;

set local role rise;

grant select on teams, team_members, projects, project_members to rise_functions;
grant select, insert, update on users to rise_functions;
grant execute on function rise_user(), rise_groups() to rise_functions;

create policy functions on users to rise_functions using (true);
create policy functions on teams for select to rise_functions using (true);
create policy functions on team_members for select to rise_functions using (true);
create policy functions on projects for select to rise_functions using (true);
create policy functions on project_members for select to rise_functions using (true);

alter function rise_teams() owner to rise_functions;
alter function rise_projects() owner to rise_functions;
alter function record_sign_in() owner to rise_functions;

drop policy owner on users;
drop policy owner on teams;
drop policy owner on team_members;
drop policy owner on projects;
drop policy owner on project_members;
drop policy owner on project_revisions;

reset role;

revoke create on schema public from rise_functions;
do $$
begin
  if current_user = 'rise' then
    revoke rise_functions from rise granted by rise;
  else
    revoke set option for rise_functions from rise;
  end if;
end $$;

-- migrate:down
-- forward-only: a mistake is mended by the next migration
