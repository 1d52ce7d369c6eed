-- The mirror of Projects and Teams. The resources in the API server are the truth: every row here
-- can be dropped and is written again by the operator's next resync.
--
--   users              the operator on first sight of an e-mail in a resource, the person's own row
--                      also by record_sign_in() (0003). Rows are never deleted.
--   teams              the operator. `deleted_at` is null while the Team exists; a deleted Team's row
--                      goes 90 days later. A row with resource_version 0 stands for a Team that a
--                      Project names and that does not exist: it is never alive, and goes when
--                      nothing names it any more.
--   team_members       the operator, together with the team's row; lives as long.
--   projects           the operator. `deleted_at` is null while the Project exists; a deleted
--                      Project's row goes 90 days later.
--   project_members    the operator, together with the project's row; lives as long.
--   project_revisions  the operator, once for each generation it sees; lives as long as the project.
--
-- `resource_version` is compared as a number. `digest` is of everything mirrored from the object but
-- version and managers: where it is equal a resync writes nothing, unless versions have gone back.
-- Text comes from the API server, with U+FFFD for what PostgreSQL cannot store.

-- migrate:up
set local role rise;

create table users (
  email text collate "C" primary key check (email = lower(email)),
  first_seen_at timestamptz not null default now(),
  last_sign_in_at timestamptz
);

create table teams (
  uid uuid primary key,
  name text collate "C" not null,
  generation bigint not null,
  resource_version bigint not null,
  idp_group text collate "C",
  description text not null default '',
  ready boolean not null default false,
  reason text not null default '',
  message text not null default '',
  conditions jsonb not null default '[]',
  deleting boolean not null default false,
  digest text not null default '',
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  deleted_at timestamptz
);

create unique index teams_living_name on teams (name) where deleted_at is null;
create index teams_idp_group on teams (idp_group) where deleted_at is null;

create table team_members (
  team_uid uuid not null references teams (uid) on delete cascade,
  role text not null check (role in ('owner', 'member')),
  position smallint not null,
  user_id text collate "C" not null references users (email),
  primary key (team_uid, role, position)
);

create index team_members_user on team_members (user_id);

create table projects (
  uid uuid primary key,
  name text collate "C" not null,
  generation bigint not null,
  resource_version bigint not null,
  owner_user_id text collate "C" references users (email),
  owner_team_id uuid references teams (uid),
  owner_team_name text collate "C",
  transfer_to_user_id text collate "C" references users (email),
  description text not null default '',
  source_url text,
  registry text,
  suspended boolean not null default false,
  deletion_policy text not null default 'Delete',
  deletion_protection boolean not null default false,
  namespace text,
  ready boolean not null default false,
  reason text not null default '',
  message text not null default '',
  conditions jsonb not null default '[]',
  deleting boolean not null default false,
  digest text not null default '',
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  deleted_at timestamptz,
  constraint projects_one_owner check (num_nonnulls(owner_user_id, owner_team_id) = 1),
  constraint projects_owner_team_is_named check ((owner_team_id is null) = (owner_team_name is null))
);

create unique index projects_living_name on projects (name) where deleted_at is null;
create index projects_owner_user on projects (owner_user_id) where deleted_at is null;
create index projects_owner_team on projects (owner_team_id);
create index projects_transfer_to on projects (transfer_to_user_id) where deleted_at is null;

create table project_members (
  project_uid uuid not null references projects (uid) on delete cascade,
  position smallint not null,
  user_id text collate "C" references users (email),
  team_id uuid references teams (uid),
  team_name text collate "C",
  role text not null check (role in ('viewer', 'developer')),
  primary key (project_uid, position),
  constraint project_members_one_subject check (num_nonnulls(user_id, team_id) = 1),
  constraint project_members_team_is_named check ((team_id is null) = (team_name is null))
);

create index project_members_user on project_members (user_id);
create index project_members_team on project_members (team_id);

create table project_revisions (
  project_uid uuid not null references projects (uid) on delete cascade,
  generation bigint not null,
  spec_digest text not null,
  resource_version bigint not null,
  spec jsonb not null,
  managers jsonb not null,
  recorded_at timestamptz not null default now(),
  primary key (project_uid, generation, spec_digest)
);

comment on column projects.owner_team_id is
  'the Team that spec.owner.team resolved to: the recorded UID, else the living Team of that name';
comment on column project_members.team_id is
  'the Team whose UID the operator recorded for this entry; until then a row that is never alive';
comment on column project_revisions.managers is
  'managedFields without the fields: [{manager, operation, time, subresource}]';

reset role;

-- migrate:down
-- forward-only: a mistake is mended by the next migration
