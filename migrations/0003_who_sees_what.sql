-- Who may see which row. The operator and the inspection role see everything; a backend's
-- transaction sees what the person it has named may see:
--
--   set_config('rise.user', 'alice@example.com', true)   e-mail, lower case
--   set_config('rise.groups', '["eng"]', true)           groups of the identity provider, JSON
--   set_config('rise.all', 'true', true)                 holder of cluster-wide list
--
-- Without them nothing is visible. A Project: its owner; the owning team's owners, members and group;
-- whoever spec.members names, directly or by team; whom it is offered to. A Team: its owners, members
-- and group. Deleted rows only with rise.all. A person's row of users: that person.
--
-- The functions below run as `rise`, so that a policy does not ask itself. They have no dynamic SQL
-- and fixed names, and are evaluated once a query (`select` around them), not once a row.

-- migrate:up
set local role rise;

create function rise_user() returns text
language sql stable parallel safe
return nullif(current_setting('rise.user', true), '');

create function rise_sees_all() returns boolean
language sql stable parallel safe
return coalesce(current_setting('rise.all', true) = 'true', false);

create function rise_groups() returns text[]
language sql stable parallel safe
return array(
  select jsonb_array_elements_text(nullif(current_setting('rise.groups', true), '')::jsonb)
);

create function rise_teams() returns uuid[]
language sql stable parallel safe security definer
begin atomic
  select array(
    select t.uid from teams t where t.deleted_at is null and t.idp_group = any (rise_groups())
    union
    select t.uid
    from team_members m join teams t on t.uid = m.team_uid and t.deleted_at is null
    where m.user_id = rise_user()
  );
end;

create function rise_projects() returns uuid[]
language sql stable parallel safe security definer
begin atomic
  with mine as materialized (select rise_teams() as teams)
  select array(
    select p.uid from projects p where p.deleted_at is null and p.owner_user_id = rise_user()
    union
    select p.uid from projects p where p.deleted_at is null and p.transfer_to_user_id = rise_user()
    union
    select p.uid from projects p, mine
    where p.deleted_at is null and p.owner_team_id = any (mine.teams)
    union
    select p.uid
    from project_members m join projects p on p.uid = m.project_uid and p.deleted_at is null
    where m.user_id = rise_user()
    union
    select p.uid
    from mine
    join project_members m on m.team_id = any (mine.teams)
    join projects p on p.uid = m.project_uid and p.deleted_at is null
  );
end;

create function record_sign_in() returns timestamptz
language sql volatile security definer
begin atomic
  insert into users (email, last_sign_in_at) values (rise_user(), now())
  on conflict (email) do update set last_sign_in_at = now()
  returning last_sign_in_at;
end;

revoke execute on function
  rise_user(), rise_sees_all(), rise_groups(), rise_teams(), rise_projects(), record_sign_in()
from public;
grant execute on function
  rise_user(), rise_sees_all(), rise_groups(), rise_teams(), rise_projects(), record_sign_in()
to rise_backend;

alter table users enable row level security, force row level security;
alter table teams enable row level security, force row level security;
alter table team_members enable row level security, force row level security;
alter table projects enable row level security, force row level security;
alter table project_members enable row level security, force row level security;
alter table project_revisions enable row level security, force row level security;

create policy owner on users to rise using (true);
create policy owner on teams to rise using (true);
create policy owner on team_members to rise using (true);
create policy owner on projects to rise using (true);
create policy owner on project_members to rise using (true);
create policy owner on project_revisions to rise using (true);

create policy operator on users to rise_operator using (true);
create policy operator on teams to rise_operator using (true);
create policy operator on team_members to rise_operator using (true);
create policy operator on projects to rise_operator using (true);
create policy operator on project_members to rise_operator using (true);
create policy operator on project_revisions to rise_operator using (true);

create policy inspect on users for select to rise_inspect using (true);
create policy inspect on teams for select to rise_inspect using (true);
create policy inspect on team_members for select to rise_inspect using (true);
create policy inspect on projects for select to rise_inspect using (true);
create policy inspect on project_members for select to rise_inspect using (true);
create policy inspect on project_revisions for select to rise_inspect using (true);

create policy person on users for select to rise_backend
using (email = (select rise_user()));
create policy person on teams for select to rise_backend
using ((select rise_sees_all()) or uid = any ((select rise_teams())::uuid[]));
create policy person on team_members for select to rise_backend
using ((select rise_sees_all()) or team_uid = any ((select rise_teams())::uuid[]));
create policy person on projects for select to rise_backend
using ((select rise_sees_all()) or uid = any ((select rise_projects())::uuid[]));
create policy person on project_members for select to rise_backend
using ((select rise_sees_all()) or project_uid = any ((select rise_projects())::uuid[]));
create policy person on project_revisions for select to rise_backend
using ((select rise_sees_all()) or project_uid = any ((select rise_projects())::uuid[]));

grant select, insert, update, delete
on users, teams, team_members, projects, project_members, project_revisions to rise_operator;
grant select
on users, teams, team_members, projects, project_members, project_revisions
to rise_backend, rise_inspect;

reset role;

grant select on schema_migrations to rise_operator, rise_backend, rise_inspect;

-- migrate:down
-- forward-only: a mistake is mended by the next migration
