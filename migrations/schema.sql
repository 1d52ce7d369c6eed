SET statement_timeout = 0;
SET lock_timeout = 0;
SET idle_in_transaction_session_timeout = 0;
SET transaction_timeout = 0;
SET client_encoding = 'UTF8';
SET standard_conforming_strings = on;
SELECT pg_catalog.set_config('search_path', '', false);
SET check_function_bodies = false;
SET xmloption = content;
SET client_min_messages = warning;
SET row_security = off;

--
-- Name: rise_groups(); Type: FUNCTION; Schema: public; Owner: -
--

CREATE FUNCTION public.rise_groups() RETURNS text[]
    LANGUAGE sql STABLE PARALLEL SAFE
    RETURN ARRAY(SELECT jsonb_array_elements_text((NULLIF(current_setting('rise.groups'::text, true), ''::text))::jsonb) AS jsonb_array_elements_text);

--
-- Name: rise_user(); Type: FUNCTION; Schema: public; Owner: -
--

CREATE FUNCTION public.rise_user() RETURNS text
    LANGUAGE sql STABLE PARALLEL SAFE
    RETURN NULLIF(current_setting('rise.user'::text, true), ''::text);

SET default_tablespace = '';

SET default_table_access_method = heap;

--
-- Name: users; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.users (
    email text NOT NULL COLLATE pg_catalog."C",
    first_seen_at timestamp with time zone DEFAULT now() NOT NULL,
    last_sign_in_at timestamp with time zone,
    idp_groups text[] DEFAULT '{}'::text[] NOT NULL,
    CONSTRAINT users_email_check CHECK ((email = lower(email)))
);

ALTER TABLE ONLY public.users FORCE ROW LEVEL SECURITY;

--
-- Name: COLUMN users.idp_groups; Type: COMMENT; Schema: public; Owner: -
--

COMMENT ON COLUMN public.users.idp_groups IS 'groups of the identity provider, as of the last sign-in; without the prefix rise:idp:';

--
-- Name: record_sign_in(); Type: FUNCTION; Schema: public; Owner: -
--

CREATE FUNCTION public.record_sign_in() RETURNS timestamp with time zone
    LANGUAGE sql SECURITY DEFINER
    BEGIN ATOMIC
 INSERT INTO public.users (email, last_sign_in_at, idp_groups)
   VALUES (public.rise_user(), now(), public.rise_groups()) ON CONFLICT(email) DO UPDATE SET last_sign_in_at = now(), idp_groups = excluded.idp_groups
   RETURNING users.last_sign_in_at;
END;

--
-- Name: team_members; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.team_members (
    team_uid uuid NOT NULL,
    role text NOT NULL,
    "position" smallint NOT NULL,
    user_id text NOT NULL COLLATE pg_catalog."C",
    CONSTRAINT team_members_role_check CHECK ((role = ANY (ARRAY['owner'::text, 'member'::text])))
);

ALTER TABLE ONLY public.team_members FORCE ROW LEVEL SECURITY;

--
-- Name: teams; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.teams (
    uid uuid NOT NULL,
    name text NOT NULL COLLATE pg_catalog."C",
    generation bigint NOT NULL,
    resource_version bigint NOT NULL,
    idp_group text COLLATE pg_catalog."C",
    description text DEFAULT ''::text NOT NULL,
    ready boolean DEFAULT false NOT NULL,
    reason text DEFAULT ''::text NOT NULL,
    message text DEFAULT ''::text NOT NULL,
    conditions jsonb DEFAULT '[]'::jsonb NOT NULL,
    deleting boolean DEFAULT false NOT NULL,
    digest text DEFAULT ''::text NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    deleted_at timestamp with time zone
);

ALTER TABLE ONLY public.teams FORCE ROW LEVEL SECURITY;

--
-- Name: rise_teams(); Type: FUNCTION; Schema: public; Owner: -
--

CREATE FUNCTION public.rise_teams() RETURNS uuid[]
    LANGUAGE sql STABLE SECURITY DEFINER PARALLEL SAFE
    BEGIN ATOMIC
 SELECT ARRAY( SELECT t.uid
            FROM public.teams t
           WHERE ((t.deleted_at IS NULL) AND (t.idp_group = ANY (public.rise_groups())))
         UNION
          SELECT t.uid
            FROM (public.team_members m
              JOIN public.teams t ON (((t.uid = m.team_uid) AND (t.deleted_at IS NULL))))
           WHERE (m.user_id = public.rise_user())) AS "array";
END;

--
-- Name: project_members; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.project_members (
    project_uid uuid NOT NULL,
    "position" smallint NOT NULL,
    user_id text COLLATE pg_catalog."C",
    team_id uuid,
    team_name text COLLATE pg_catalog."C",
    role text NOT NULL,
    CONSTRAINT project_members_one_subject CHECK ((num_nonnulls(user_id, team_id) = 1)),
    CONSTRAINT project_members_role_check CHECK ((role = ANY (ARRAY['viewer'::text, 'developer'::text]))),
    CONSTRAINT project_members_team_is_named CHECK (((team_id IS NULL) = (team_name IS NULL)))
);

ALTER TABLE ONLY public.project_members FORCE ROW LEVEL SECURITY;

--
-- Name: COLUMN project_members.team_id; Type: COMMENT; Schema: public; Owner: -
--

COMMENT ON COLUMN public.project_members.team_id IS 'the Team whose UID the operator recorded for this entry; until then a row that is never alive';

--
-- Name: projects; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.projects (
    uid uuid NOT NULL,
    name text NOT NULL COLLATE pg_catalog."C",
    generation bigint NOT NULL,
    resource_version bigint NOT NULL,
    owner_user_id text COLLATE pg_catalog."C",
    owner_team_id uuid,
    owner_team_name text COLLATE pg_catalog."C",
    transfer_to_user_id text COLLATE pg_catalog."C",
    description text DEFAULT ''::text NOT NULL,
    source_url text,
    registry text,
    suspended boolean DEFAULT false NOT NULL,
    deletion_policy text DEFAULT 'Delete'::text NOT NULL,
    deletion_protection boolean DEFAULT false NOT NULL,
    namespace text,
    ready boolean DEFAULT false NOT NULL,
    reason text DEFAULT ''::text NOT NULL,
    message text DEFAULT ''::text NOT NULL,
    conditions jsonb DEFAULT '[]'::jsonb NOT NULL,
    deleting boolean DEFAULT false NOT NULL,
    digest text DEFAULT ''::text NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    deleted_at timestamp with time zone,
    CONSTRAINT projects_one_owner CHECK ((num_nonnulls(owner_user_id, owner_team_id) = 1)),
    CONSTRAINT projects_owner_team_is_named CHECK (((owner_team_id IS NULL) = (owner_team_name IS NULL)))
);

ALTER TABLE ONLY public.projects FORCE ROW LEVEL SECURITY;

--
-- Name: COLUMN projects.owner_team_id; Type: COMMENT; Schema: public; Owner: -
--

COMMENT ON COLUMN public.projects.owner_team_id IS 'the Team that spec.owner.team resolved to: the recorded UID, else the living Team of that name';

--
-- Name: rise_projects(); Type: FUNCTION; Schema: public; Owner: -
--

CREATE FUNCTION public.rise_projects() RETURNS uuid[]
    LANGUAGE sql STABLE SECURITY DEFINER PARALLEL SAFE
    BEGIN ATOMIC
 WITH mine AS MATERIALIZED (
          SELECT public.rise_teams() AS teams
         )
  SELECT ARRAY( SELECT p.uid
            FROM public.projects p
           WHERE ((p.deleted_at IS NULL) AND (p.owner_user_id = public.rise_user()))
         UNION
          SELECT p.uid
            FROM public.projects p
           WHERE ((p.deleted_at IS NULL) AND (p.transfer_to_user_id = public.rise_user()))
         UNION
          SELECT p.uid
            FROM public.projects p,
             mine
           WHERE ((p.deleted_at IS NULL) AND (p.owner_team_id = ANY (mine.teams)))
         UNION
          SELECT p.uid
            FROM (public.project_members m
              JOIN public.projects p ON (((p.uid = m.project_uid) AND (p.deleted_at IS NULL))))
           WHERE (m.user_id = public.rise_user())
         UNION
          SELECT p.uid
            FROM ((mine
              JOIN public.project_members m ON ((m.team_id = ANY (mine.teams))))
              JOIN public.projects p ON (((p.uid = m.project_uid) AND (p.deleted_at IS NULL))))) AS "array";
END;

--
-- Name: rise_sees_all(); Type: FUNCTION; Schema: public; Owner: -
--

CREATE FUNCTION public.rise_sees_all() RETURNS boolean
    LANGUAGE sql STABLE PARALLEL SAFE
    RETURN COALESCE((current_setting('rise.all'::text, true) = 'true'::text), false);

--
-- Name: project_revisions; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.project_revisions (
    project_uid uuid NOT NULL,
    generation bigint NOT NULL,
    spec_digest text NOT NULL,
    resource_version bigint NOT NULL,
    spec jsonb NOT NULL,
    managers jsonb NOT NULL,
    recorded_at timestamp with time zone DEFAULT now() NOT NULL
);

ALTER TABLE ONLY public.project_revisions FORCE ROW LEVEL SECURITY;

--
-- Name: COLUMN project_revisions.managers; Type: COMMENT; Schema: public; Owner: -
--

COMMENT ON COLUMN public.project_revisions.managers IS 'managedFields without the fields: [{manager, operation, time, subresource}]';

--
-- Name: schema_migrations; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.schema_migrations (
    version character varying NOT NULL
);

--
-- Name: project_members project_members_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.project_members
    ADD CONSTRAINT project_members_pkey PRIMARY KEY (project_uid, "position");

--
-- Name: project_revisions project_revisions_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.project_revisions
    ADD CONSTRAINT project_revisions_pkey PRIMARY KEY (project_uid, generation, spec_digest);

--
-- Name: projects projects_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.projects
    ADD CONSTRAINT projects_pkey PRIMARY KEY (uid);

--
-- Name: schema_migrations schema_migrations_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.schema_migrations
    ADD CONSTRAINT schema_migrations_pkey PRIMARY KEY (version);

--
-- Name: team_members team_members_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.team_members
    ADD CONSTRAINT team_members_pkey PRIMARY KEY (team_uid, role, "position");

--
-- Name: teams teams_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.teams
    ADD CONSTRAINT teams_pkey PRIMARY KEY (uid);

--
-- Name: users users_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.users
    ADD CONSTRAINT users_pkey PRIMARY KEY (email);

--
-- Name: project_members_team; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX project_members_team ON public.project_members USING btree (team_id);

--
-- Name: project_members_user; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX project_members_user ON public.project_members USING btree (user_id);

--
-- Name: projects_living_created; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX projects_living_created ON public.projects USING btree (created_at, name) WHERE (deleted_at IS NULL);

--
-- Name: projects_living_name; Type: INDEX; Schema: public; Owner: -
--

CREATE UNIQUE INDEX projects_living_name ON public.projects USING btree (name) WHERE (deleted_at IS NULL);

--
-- Name: projects_owner_team; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX projects_owner_team ON public.projects USING btree (owner_team_id);

--
-- Name: projects_owner_team_name; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX projects_owner_team_name ON public.projects USING btree (owner_team_name, name) WHERE (deleted_at IS NULL);

--
-- Name: projects_owner_user; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX projects_owner_user ON public.projects USING btree (owner_user_id) WHERE (deleted_at IS NULL);

--
-- Name: projects_transfer_to; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX projects_transfer_to ON public.projects USING btree (transfer_to_user_id) WHERE (deleted_at IS NULL);

--
-- Name: team_members_user; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX team_members_user ON public.team_members USING btree (user_id);

--
-- Name: teams_idp_group; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX teams_idp_group ON public.teams USING btree (idp_group) WHERE (deleted_at IS NULL);

--
-- Name: teams_living_name; Type: INDEX; Schema: public; Owner: -
--

CREATE UNIQUE INDEX teams_living_name ON public.teams USING btree (name) WHERE (deleted_at IS NULL);

--
-- Name: project_members project_members_project_uid_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.project_members
    ADD CONSTRAINT project_members_project_uid_fkey FOREIGN KEY (project_uid) REFERENCES public.projects(uid) ON DELETE CASCADE;

--
-- Name: project_members project_members_team_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.project_members
    ADD CONSTRAINT project_members_team_id_fkey FOREIGN KEY (team_id) REFERENCES public.teams(uid);

--
-- Name: project_members project_members_user_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.project_members
    ADD CONSTRAINT project_members_user_id_fkey FOREIGN KEY (user_id) REFERENCES public.users(email);

--
-- Name: project_revisions project_revisions_project_uid_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.project_revisions
    ADD CONSTRAINT project_revisions_project_uid_fkey FOREIGN KEY (project_uid) REFERENCES public.projects(uid) ON DELETE CASCADE;

--
-- Name: projects projects_owner_team_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.projects
    ADD CONSTRAINT projects_owner_team_id_fkey FOREIGN KEY (owner_team_id) REFERENCES public.teams(uid);

--
-- Name: projects projects_owner_user_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.projects
    ADD CONSTRAINT projects_owner_user_id_fkey FOREIGN KEY (owner_user_id) REFERENCES public.users(email);

--
-- Name: projects projects_transfer_to_user_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.projects
    ADD CONSTRAINT projects_transfer_to_user_id_fkey FOREIGN KEY (transfer_to_user_id) REFERENCES public.users(email);

--
-- Name: team_members team_members_team_uid_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.team_members
    ADD CONSTRAINT team_members_team_uid_fkey FOREIGN KEY (team_uid) REFERENCES public.teams(uid) ON DELETE CASCADE;

--
-- Name: team_members team_members_user_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.team_members
    ADD CONSTRAINT team_members_user_id_fkey FOREIGN KEY (user_id) REFERENCES public.users(email);

--
-- Name: project_members functions; Type: POLICY; Schema: public; Owner: -
--

CREATE POLICY functions ON public.project_members FOR SELECT TO rise_functions USING (true);

--
-- Name: projects functions; Type: POLICY; Schema: public; Owner: -
--

CREATE POLICY functions ON public.projects FOR SELECT TO rise_functions USING (true);

--
-- Name: team_members functions; Type: POLICY; Schema: public; Owner: -
--

CREATE POLICY functions ON public.team_members FOR SELECT TO rise_functions USING (true);

--
-- Name: teams functions; Type: POLICY; Schema: public; Owner: -
--

CREATE POLICY functions ON public.teams FOR SELECT TO rise_functions USING (true);

--
-- Name: users functions; Type: POLICY; Schema: public; Owner: -
--

CREATE POLICY functions ON public.users TO rise_functions USING (true);

--
-- Name: project_members inspect; Type: POLICY; Schema: public; Owner: -
--

CREATE POLICY inspect ON public.project_members FOR SELECT TO rise_inspect USING (true);

--
-- Name: project_revisions inspect; Type: POLICY; Schema: public; Owner: -
--

CREATE POLICY inspect ON public.project_revisions FOR SELECT TO rise_inspect USING (true);

--
-- Name: projects inspect; Type: POLICY; Schema: public; Owner: -
--

CREATE POLICY inspect ON public.projects FOR SELECT TO rise_inspect USING (true);

--
-- Name: team_members inspect; Type: POLICY; Schema: public; Owner: -
--

CREATE POLICY inspect ON public.team_members FOR SELECT TO rise_inspect USING (true);

--
-- Name: teams inspect; Type: POLICY; Schema: public; Owner: -
--

CREATE POLICY inspect ON public.teams FOR SELECT TO rise_inspect USING (true);

--
-- Name: users inspect; Type: POLICY; Schema: public; Owner: -
--

CREATE POLICY inspect ON public.users FOR SELECT TO rise_inspect USING (true);

--
-- Name: project_members operator; Type: POLICY; Schema: public; Owner: -
--

CREATE POLICY operator ON public.project_members TO rise_operator USING (true);

--
-- Name: project_revisions operator; Type: POLICY; Schema: public; Owner: -
--

CREATE POLICY operator ON public.project_revisions TO rise_operator USING (true);

--
-- Name: projects operator; Type: POLICY; Schema: public; Owner: -
--

CREATE POLICY operator ON public.projects TO rise_operator USING (true);

--
-- Name: team_members operator; Type: POLICY; Schema: public; Owner: -
--

CREATE POLICY operator ON public.team_members TO rise_operator USING (true);

--
-- Name: teams operator; Type: POLICY; Schema: public; Owner: -
--

CREATE POLICY operator ON public.teams TO rise_operator USING (true);

--
-- Name: users operator; Type: POLICY; Schema: public; Owner: -
--

CREATE POLICY operator ON public.users TO rise_operator USING (true);

--
-- Name: project_members person; Type: POLICY; Schema: public; Owner: -
--

CREATE POLICY person ON public.project_members FOR SELECT TO rise_backend USING ((( SELECT public.rise_sees_all() AS rise_sees_all) OR (project_uid = ANY (( SELECT public.rise_projects() AS rise_projects)::uuid[]))));

--
-- Name: project_revisions person; Type: POLICY; Schema: public; Owner: -
--

CREATE POLICY person ON public.project_revisions FOR SELECT TO rise_backend USING ((( SELECT public.rise_sees_all() AS rise_sees_all) OR (project_uid = ANY (( SELECT public.rise_projects() AS rise_projects)::uuid[]))));

--
-- Name: projects person; Type: POLICY; Schema: public; Owner: -
--

CREATE POLICY person ON public.projects FOR SELECT TO rise_backend USING ((( SELECT public.rise_sees_all() AS rise_sees_all) OR (uid = ANY (( SELECT public.rise_projects() AS rise_projects)::uuid[]))));

--
-- Name: team_members person; Type: POLICY; Schema: public; Owner: -
--

CREATE POLICY person ON public.team_members FOR SELECT TO rise_backend USING ((( SELECT public.rise_sees_all() AS rise_sees_all) OR (team_uid = ANY (( SELECT public.rise_teams() AS rise_teams)::uuid[]))));

--
-- Name: teams person; Type: POLICY; Schema: public; Owner: -
--

CREATE POLICY person ON public.teams FOR SELECT TO rise_backend USING ((( SELECT public.rise_sees_all() AS rise_sees_all) OR (uid = ANY (( SELECT public.rise_teams() AS rise_teams)::uuid[]))));

--
-- Name: users person; Type: POLICY; Schema: public; Owner: -
--

CREATE POLICY person ON public.users FOR SELECT TO rise_backend USING ((email = ( SELECT public.rise_user() AS rise_user)));

--
-- Name: project_members; Type: ROW SECURITY; Schema: public; Owner: -
--

ALTER TABLE public.project_members ENABLE ROW LEVEL SECURITY;

--
-- Name: project_revisions; Type: ROW SECURITY; Schema: public; Owner: -
--

ALTER TABLE public.project_revisions ENABLE ROW LEVEL SECURITY;

--
-- Name: projects; Type: ROW SECURITY; Schema: public; Owner: -
--

ALTER TABLE public.projects ENABLE ROW LEVEL SECURITY;

--
-- Name: team_members; Type: ROW SECURITY; Schema: public; Owner: -
--

ALTER TABLE public.team_members ENABLE ROW LEVEL SECURITY;

--
-- Name: teams; Type: ROW SECURITY; Schema: public; Owner: -
--

ALTER TABLE public.teams ENABLE ROW LEVEL SECURITY;

--
-- Name: users; Type: ROW SECURITY; Schema: public; Owner: -
--

ALTER TABLE public.users ENABLE ROW LEVEL SECURITY;

--
-- PostgreSQL database dump complete
--

--
-- Dbmate schema migrations
--

INSERT INTO public.schema_migrations (version) VALUES
    ('0001'),
    ('0002'),
    ('0003'),
    ('0004'),
    ('0005'),
    ('0006'),
    ('0007');
