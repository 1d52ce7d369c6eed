-- What the identity provider said of a person's groups when they were last here: an owner who asks what
-- somebody else may do is answered with these. Written by that person's own sign-in alone.

-- migrate:up
set local role rise;

alter table users add column idp_groups text[] not null default '{}';

comment on column users.idp_groups is
  'groups of the identity provider, as of the last sign-in; without the prefix rise:idp:';

create or replace function record_sign_in() returns timestamptz
language sql volatile security definer
begin atomic
  insert into users (email, last_sign_in_at, idp_groups) values (rise_user(), now(), rise_groups())
  on conflict (email) do update set last_sign_in_at = now(), idp_groups = excluded.idp_groups
  returning last_sign_in_at;
end;

reset role;

-- migrate:down
-- forward-only: a mistake is mended by the next migration
