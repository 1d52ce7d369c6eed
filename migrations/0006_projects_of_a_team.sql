-- Lists of a team's projects, by the name that they give it.

-- migrate:up
set local role rise;

create index projects_owner_team_name on projects (owner_team_name, name) where deleted_at is null;

reset role;

-- migrate:down
-- forward-only: a mistake is mended by the next migration
