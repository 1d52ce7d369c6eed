-- Lists of projects in the order in which they were made, for who sees all of them.

-- migrate:up
set local role rise;

create index projects_living_created on projects (created_at, name) where deleted_at is null;

reset role;

-- migrate:down
-- forward-only: a mistake is mended by the next migration
