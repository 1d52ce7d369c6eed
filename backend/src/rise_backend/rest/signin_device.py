"""Signing in on another device (RFC 8628): a code to compare there, asked for here."""

from fastapi import Request, Response
from fastapi.responses import JSONResponse

from rise_backend.errors import UnavailableError
from rise_backend.identity.provider import GrantRefusedError
from rise_backend.rest import flows, sessions, signin_models
from rise_backend.rest.caller import ServicesHere
from rise_backend.rest.documented import problems
from rise_backend.rest.flows import DeviceFlow
from rise_backend.rest.kinds import Kind
from rise_backend.rest.problems import ProblemError
from rise_backend.rest.unkept import TRYING, unkept_router

DEVICE_GRANT = "urn:ietf:params:oauth:grant-type:device_code"
INTERVAL_S = 5

router = unkept_router()


@router.post("/login/device", summary="Begin to sign in on another device", responses=TRYING)
async def begin_device_login(
    given: signin_models.BeginDevice, shared: ServicesHere
) -> signin_models.Device:
    """Return the page to open anywhere and the code to compare; then `poll` until confirmed."""
    verifier = flows.unguessable()
    try:
        begun = await shared.provider.begin_device(
            sessions.scopes(offline=given.offline), flows.challenge(verifier)
        )
        interval = int(begun.get("interval", INTERVAL_S))
        return signin_models.Device(
            user_code=begun["user_code"],
            verification_uri=begun["verification_uri"],
            verification_uri_complete=begun.get("verification_uri_complete"),
            expires_in=int(begun["expires_in"]),
            interval=interval,
            flow=DeviceFlow(
                verifier=verifier, device_code=begun["device_code"], interval=interval
            ).written(),
        )
    except GrantRefusedError as error:
        raise sessions.refusal(error, "the identity provider refuses the device flow") from error
    except (UnavailableError, KeyError, TypeError, ValueError) as error:
        raise sessions.away(error) from error


@router.post(
    "/login/device/poll",
    summary="Ask whether somebody has confirmed",
    responses={202: {"model": signin_models.Pending, "description": "Not yet."}}
    | TRYING
    | problems(Kind.SIGN_IN_EXPIRED, Kind.SLOW_DOWN, Kind.TOO_MANY_FAILURES),
    response_model=signin_models.Session,
)
async def poll_device_login(
    given: signin_models.PollDevice, request: Request, shared: ServicesHere
) -> signin_models.Session | Response:
    """Return the session once somebody has confirmed, and 202 until then."""
    flow = flows.read(DeviceFlow, given.flow.get_secret_value())
    async with sessions.attempt(request, shared):
        try:
            tokens = await shared.provider.grant(
                DEVICE_GRANT, device_code=flow.device_code, code_verifier=flow.verifier
            )
        except GrantRefusedError as error:
            return _not_yet(error, flow.interval)
        except UnavailableError as error:
            raise sessions.away(error) from error
        return await sessions.session(shared, tokens)


def _not_yet(error: GrantRefusedError, interval: int) -> Response:
    """Return the answer to a poll that brings no session yet; raise what ends it."""
    if error.code == "authorization_pending":
        pending = signin_models.Pending(interval=interval)
        headers = {"Retry-After": str(interval), "Cache-Control": "no-store"}
        return JSONResponse(pending.model_dump(mode="json", by_alias=True), 202, headers)
    if error.code == "slow_down":
        slower = interval + INTERVAL_S  # for good: RFC 8628, section 3.5
        raise ProblemError(
            Kind.SLOW_DOWN,
            f"asked too often: wait {slower} seconds between two polls from now on",
            headers={"Retry-After": str(slower)},
        )
    if error.code == "expired_token":
        raise ProblemError(
            Kind.SIGN_IN_EXPIRED, "nobody confirmed in time, or the code has been used: begin anew"
        )
    raise sessions.refusal(error, "the sign-in was refused: begin it anew")
