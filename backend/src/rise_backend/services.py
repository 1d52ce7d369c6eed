"""Everything that a request may need, made once at the start of the process."""

import asyncio
import ssl
import time
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

import aiohttp

from rise_backend.access.access import Access
from rise_backend.access.decisions import Decisions
from rise_backend.cluster import cluster
from rise_backend.gateway.catalogue import Catalogue
from rise_backend.gateway.gateway import Gateway
from rise_backend.gateway.pace import Pace
from rise_backend.gateway.reviews import Reviews
from rise_backend.gateway.sight import Sight
from rise_backend.gateway.upstream import Upstream
from rise_backend.gateway.visibility import Visibility
from rise_backend.gateway.writes import Writes
from rise_backend.identity.keys import Keys
from rise_backend.identity.provider import Provider
from rise_backend.identity.verifier import Verifier
from rise_backend.metrics import Metrics
from rise_backend.policies import Policies
from rise_backend.queries import users
from rise_backend.queries.session import DatabaseUnavailable
from rise_backend.registry.callers import Callers
from rise_backend.registry.grants import Grants
from rise_backend.registry.offered import Offers
from rise_backend.registry.rights import Rights
from rise_backend.registry.server import TokenServer
from rise_backend.rest.attempts import Attempts
from rise_backend.settings import Settings
from rise_database.pool import Pool, is_healthy, open_pool

KEYS_EVERY_S = 60.0
DATABASE_EVERY_S = 5.0


@dataclass
class Database:
    """The mirror's pool, and whether it is worth asking."""

    pool: Pool
    asked_at: float = float("-inf")
    up: bool = True

    async def check(self) -> bool:
        """Say whether PostgreSQL answers; asked at most every few seconds."""
        if time.monotonic() - self.asked_at > DATABASE_EVERY_S:
            self.asked_at = time.monotonic()
            self.up = await is_healthy(self.pool)
        return self.up

    def lost(self) -> None:
        """Take note that it did not answer just now."""
        self.asked_at, self.up = time.monotonic(), False

    async def groups_of(self, user: str) -> tuple[str, ...]:
        """Return the identity provider's groups that `user` was last seen with.

        Nothing while PostgreSQL is away: a right that hangs on a group is not seen then.
        """
        if not await self.check():
            return ()
        try:
            row = await users.me(self.pool, user)
        except DatabaseUnavailable:
            self.lost()
            return ()
        return tuple(row.idp_groups) if row else ()


@dataclass(frozen=True)
class Services:
    """What the surfaces share."""

    settings: Settings
    metrics: Metrics
    provider: Provider
    keys: Keys
    verifier: Verifier
    upstream: Upstream
    policies: Policies
    catalogue: Catalogue
    reviews: Reviews
    sight: Sight
    writes: Writes
    gateway: Gateway
    database: Database
    access: Access
    attempts: Attempts
    offers: Offers
    rights: Rights
    tokens: TokenServer

    async def checks(self) -> dict[str, str]:
        """Return each dependency with `ok`, or with what is wrong with it."""
        found = {
            "identity-provider": "ok" if self.keys.usable else "no keys of the issuer yet",
            "api-server": "ok" if self.catalogue.usable else "projects and teams cannot be watched",
            "policies": "; ".join(self.policies.problems()) or "ok",
            "database": "ok"
            if await self.database.check()
            else "away: lists are answered from the gateway's cache",
        }
        for name, said in found.items():
            self.metrics.ready.labels(name).set(said == "ok")
        return found


@asynccontextmanager
async def started(settings: Settings) -> AsyncGenerator[Services]:
    """Start everything; nothing here waits for a dependency.

    Raises:
        UnavailableError: there is no account at an API server.
        BackendError: the registries are configured in a way that makes no sense.
    """
    offers = Offers(settings.registries, settings.default_registry)
    access, metrics = cluster(), Metrics()
    visibility = Visibility()
    async with AsyncExitStack() as stack:
        for offer in offers.all:
            stack.push_async_callback(offer.provider.close)
        policies = Policies(settings.policies)
        upstream = Upstream(
            access, settings.upstream_identity, visibility.knows_group, policies.check
        )
        stack.callback(upstream.close)
        session = await stack.enter_async_context(_provider_session(settings))
        pool = await open_pool(settings.database_url, application="rise-backend")
        stack.push_async_callback(pool.close)
        provider = Provider(session, settings.issuer, settings.client_id)
        keys = Keys(provider.fetch_keys)
        stack.push_async_callback(keys.close)
        verifier = Verifier(settings.issuer, keys)
        catalogue, reviews = Catalogue(visibility, upstream), Reviews(upstream)
        sight = Sight(catalogue, reviews)
        writes = Writes(upstream, catalogue, sight)
        gateway = Gateway(
            verifier, upstream, catalogue, reviews, writes, pace=Pace(settings.requests_per_second)
        )
        database, rights = Database(pool), Rights(catalogue, reviews)
        services = Services(
            settings=settings,
            metrics=metrics,
            provider=provider,
            keys=keys,
            verifier=verifier,
            upstream=upstream,
            policies=policies,
            catalogue=catalogue,
            reviews=reviews,
            sight=sight,
            writes=writes,
            attempts=Attempts(),
            gateway=gateway,
            database=database,
            access=Access(Decisions(upstream), gateway, database.groups_of),
            offers=offers,
            rights=rights,
            tokens=TokenServer(
                offers,
                Callers(verifier, database.groups_of),
                Grants(offers, rights),
                metrics,
                settings.trusted_proxies,
            ),
        )
        await stack.enter_async_context(_in_background(services))
        yield services


@asynccontextmanager
async def _in_background(services: Services) -> AsyncGenerator[None]:
    tasks = [
        asyncio.create_task(services.catalogue.run()),
        asyncio.create_task(services.policies.run(services.upstream, services.metrics)),
        asyncio.create_task(services.metrics.watch_lag()),
        asyncio.create_task(_keep_keys(services.keys)),
    ]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)


async def _keep_keys(keys: Keys) -> None:
    """Have keys before the first person comes, and fresh ones when the provider goes away."""
    while True:
        await keys.refresh()
        await asyncio.sleep(KEYS_EVERY_S if keys.usable else 1.0)


def _provider_session(settings: Settings) -> aiohttp.ClientSession:
    ca = str(settings.issuer_ca) if settings.issuer_ca else None
    connector = aiohttp.TCPConnector(ssl=ssl.create_default_context(cafile=ca), limit=32)
    return aiohttp.ClientSession(connector=connector, trust_env=False)
