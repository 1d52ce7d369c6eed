"""Every statement of the mirror. Each may run twice: what is there already is not written again."""

from rise_database.query import Nothing, Query
from rise_operator.mirror.parameters import (
    AbsentTeams,
    Age,
    Named,
    People,
    ProjectUpsert,
    Stored,
    Successors,
    TeamUpsert,
    Uids,
)

SHARE = Query(
    "mirror.share",
    "select pg_advisory_xact_lock_shared(7243010)",
    params=Nothing,
    row=Nothing,
)

EXCLUDE = Query(
    "mirror.exclude",
    "select pg_advisory_xact_lock(7243010)",
    params=Nothing,
    row=Nothing,
)

NAMES = Query(
    "mirror.names",
    "select name from projects where uid = any (%(uids)s)",
    params=Uids,
    row=Named,
)

RECORD_PEOPLE = Query(
    "mirror.record_people",
    """
    insert into users (email) select unnest(%(emails)s::text[])
    on conflict (email) do nothing
    """,
    params=People,
    row=Nothing,
)

RECORD_ABSENT_TEAMS = Query(
    "mirror.record_absent_teams",
    """
    insert into teams (uid, name, generation, resource_version, deleted_at)
    select named.uid, named.name, 0, 0, now()
    from unnest(%(uids)s::uuid[], %(names)s::text[], %(unless_living)s::boolean[])
      as named (uid, name, unless_living)
    where not (
      named.unless_living
      and exists (select from teams t where t.name = named.name and t.deleted_at is null)
    )
    on conflict (uid) do nothing
    """,
    params=AbsentTeams,
    row=Nothing,
)

END_PREDECESSOR_TEAMS = Query(
    "mirror.end_predecessor_teams",
    """
    update teams old set deleted_at = now(), updated_at = now()
    from unnest(%(uids)s::uuid[], %(names)s::text[], %(resource_versions)s::bigint[])
      as new (uid, name, resource_version)
    where old.name = new.name and old.uid <> new.uid and old.deleted_at is null
      and (%(complete)s or old.resource_version < new.resource_version)
    """,
    params=Successors,
    row=Nothing,
)

END_PREDECESSOR_PROJECTS = Query(
    "mirror.end_predecessor_projects",
    """
    update projects old set deleted_at = now(), updated_at = now()
    from unnest(%(uids)s::uuid[], %(names)s::text[], %(resource_versions)s::bigint[])
      as new (uid, name, resource_version)
    where old.name = new.name and old.uid <> new.uid and old.deleted_at is null
      and (%(complete)s or old.resource_version < new.resource_version)
    """,
    params=Successors,
    row=Nothing,
)

UPSERT_TEAM = Query(
    "mirror.upsert_team",
    """
    with written as (
      insert into teams as t (
        uid, name, generation, resource_version, idp_group, description, ready, reason, message,
        conditions, deleting, digest, created_at
      )
      select
        %(uid)s, %(name)s, %(generation)s, %(resource_version)s, %(idp_group)s, %(description)s,
        %(ready)s, %(reason)s, %(message)s, %(conditions)s, %(deleting)s, %(digest)s,
        coalesce(%(created_at)s, now())
      where not exists (
        select from teams o where o.name = %(name)s and o.uid <> %(uid)s and o.deleted_at is null
      )
      on conflict (uid) do update set
        name = excluded.name, generation = excluded.generation,
        resource_version = excluded.resource_version, idp_group = excluded.idp_group,
        description = excluded.description, ready = excluded.ready, reason = excluded.reason,
        message = excluded.message, conditions = excluded.conditions,
        deleting = excluded.deleting, digest = excluded.digest,
        created_at = excluded.created_at, updated_at = now(), deleted_at = null
      where (
          t.digest <> excluded.digest or t.deleted_at is not null
          or t.resource_version <> excluded.resource_version
        )
        and (
          %(complete)s or t.resource_version = 0
          or (t.deleted_at is null and t.resource_version <= excluded.resource_version)
        )
      returning t.uid
    ), given as (
      select w.uid, m.role, m.position, m.user_id
      from written w,
        jsonb_to_recordset(%(members)s) as m (role text, position smallint, user_id text)
    ), gone as (
      delete from team_members m using written w
      where m.team_uid = w.uid and not exists (
        select from given g where g.role = m.role and g.position = m.position
      )
    )
    insert into team_members as m (team_uid, role, position, user_id)
    select uid, role, position, user_id from given
    on conflict (team_uid, role, position) do update set user_id = excluded.user_id
    where m.user_id <> excluded.user_id
    """,
    params=TeamUpsert,
    row=Nothing,
)

UPSERT_PROJECT = Query(
    "mirror.upsert_project",
    """
    with written as (
      insert into projects as p (
        uid, name, generation, resource_version, owner_user_id, owner_team_id, owner_team_name,
        transfer_to_user_id, description, source_url, registry, suspended, deletion_policy,
        deletion_protection, namespace, ready, reason, message, conditions, deleting, digest,
        created_at
      )
      select
        %(uid)s, %(name)s, %(generation)s, %(resource_version)s, %(owner_user_id)s,
        coalesce(
          %(owner_team_uid)s,
          (select t.uid from teams t where t.name = %(owner_team_name)s and t.deleted_at is null),
          %(owner_team_placeholder)s
        ),
        %(owner_team_name)s, %(transfer_to_user_id)s, %(description)s, %(source_url)s,
        %(registry)s, %(suspended)s, %(deletion_policy)s, %(deletion_protection)s, %(namespace)s,
        %(ready)s, %(reason)s, %(message)s, %(conditions)s, %(deleting)s, %(digest)s,
        coalesce(%(created_at)s, now())
      where not exists (
        select from projects o
        where o.name = %(name)s and o.uid <> %(uid)s and o.deleted_at is null
      )
      on conflict (uid) do update set
        name = excluded.name, generation = excluded.generation,
        resource_version = excluded.resource_version, owner_user_id = excluded.owner_user_id,
        owner_team_id = excluded.owner_team_id, owner_team_name = excluded.owner_team_name,
        transfer_to_user_id = excluded.transfer_to_user_id, description = excluded.description,
        source_url = excluded.source_url, registry = excluded.registry,
        suspended = excluded.suspended, deletion_policy = excluded.deletion_policy,
        deletion_protection = excluded.deletion_protection, namespace = excluded.namespace,
        ready = excluded.ready, reason = excluded.reason, message = excluded.message,
        conditions = excluded.conditions, deleting = excluded.deleting, digest = excluded.digest,
        created_at = excluded.created_at, updated_at = now(), deleted_at = null
      where (
          p.digest <> excluded.digest or p.deleted_at is not null
          or p.resource_version <> excluded.resource_version
          or p.owner_team_id is distinct from excluded.owner_team_id
        )
        and (
          %(complete)s
          or (p.deleted_at is null and p.resource_version <= excluded.resource_version)
        )
      returning p.uid
    ), given as (
      select w.uid, (m.position - 1)::smallint as position,
        m.entry->>'user_id' as user_id, (m.entry->>'team_id')::uuid as team_id,
        m.entry->>'team_name' as team_name, m.entry->>'role' as role
      from written w, jsonb_array_elements(%(members)s) with ordinality as m (entry, position)
    ), gone as (
      delete from project_members m using written w
      where m.project_uid = w.uid and not exists (
        select from given g where g.position = m.position
      )
    ), members as (
      insert into project_members (project_uid, position, user_id, team_id, team_name, role)
      select uid, position, user_id, team_id, team_name, role from given
      on conflict (project_uid, position) do update set
        user_id = excluded.user_id, team_id = excluded.team_id, team_name = excluded.team_name,
        role = excluded.role
    )
    insert into project_revisions (
      project_uid, generation, spec_digest, resource_version, spec, managers
    )
    select uid, %(generation)s, %(spec_digest)s, %(resource_version)s, %(spec)s, %(managers)s
    from written
    on conflict (project_uid, generation, spec_digest) do nothing
    """,
    params=ProjectUpsert,
    row=Nothing,
)

END_TEAMS = Query(
    "mirror.end_teams",
    """
    update teams set deleted_at = now(), updated_at = now()
    where uid = any (%(uids)s) and deleted_at is null
    """,
    params=Uids,
    row=Nothing,
)

END_PROJECTS = Query(
    "mirror.end_projects",
    """
    update projects set deleted_at = now(), updated_at = now()
    where uid = any (%(uids)s) and deleted_at is null
    """,
    params=Uids,
    row=Nothing,
)

STORED_TEAMS = Query(
    "mirror.stored_teams",
    "select uid, digest, resource_version, deleted_at is null as alive from teams",
    params=Nothing,
    row=Stored,
    never_null=frozenset({"alive"}),
)

STORED_PROJECTS = Query(
    "mirror.stored_projects",
    "select uid, digest, resource_version, deleted_at is null as alive from projects",
    params=Nothing,
    row=Stored,
    never_null=frozenset({"alive"}),
)

PURGE_PROJECTS = Query(
    "mirror.purge_projects",
    "delete from projects where deleted_at < now() - %(age)s::interval",
    params=Age,
    row=Nothing,
)

PURGE_TEAMS = Query(
    "mirror.purge_teams",
    """
    delete from teams t
    where (t.deleted_at < now() - %(age)s::interval or t.resource_version = 0)
      and not exists (select from projects p where p.owner_team_id = t.uid)
      and not exists (select from project_members m where m.team_id = t.uid)
    """,
    params=Age,
    row=Nothing,
)
