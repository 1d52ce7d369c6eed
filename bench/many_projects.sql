-- 100,000 projects, 20,000 people and 2,000 teams, for whoever asks for lists among them.
-- Triggers of foreign keys are left out: every key is made by the same arithmetic.
set session_replication_role = replica;
insert into users (email) select format('u%s@example.com', i) from generate_series(0, 19999) i;
insert into teams (uid, name, generation, resource_version)
select md5('t' || i)::uuid, format('t%s', i), 1, 1 from generate_series(0, 1999) i;
insert into team_members
select md5('t' || i)::uuid, 'member', p, format('u%s@example.com', (i * 7 + p * 13) % 20000)
from generate_series(0, 1999) i, generate_series(0, 9) p;
insert into projects (
  uid, name, generation, resource_version, owner_user_id, owner_team_id, owner_team_name,
  description
)
select md5('p' || i)::uuid, format('p%s', i), 1, i,
  case when i % 2 = 0 then format('u%s@example.com', i / 2 % 20000) end,
  case when i % 2 = 1 then md5('t' || i % 2000)::uuid end,
  case when i % 2 = 1 then format('t%s', i % 2000) end, repeat('lorem ipsum ', 9)
from generate_series(0, 99999) i;
insert into project_members
select md5('p' || i)::uuid, 0, format('u%s@example.com', (i * 3) % 20000), null, null, 'viewer'
from generate_series(0, 99999) i;
analyze users, teams, team_members, projects, project_members;
