"""How much REST reads: the largest team and more."""

from http import HTTPStatus

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from rise_backend.rest.kinds import Kind
from rise_backend.rest.problems import response

MAX_BODY_BYTES = 256 * 1024
DETAIL = f"a request may hold at most {MAX_BODY_BYTES} bytes here"


class BodyLimit:
    """Refuses bodies over the limit, whether or not they say how long they are."""

    def __init__(self, app: ASGIApp) -> None:
        """Stand in front of `app`."""
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request = Request(scope)
        said = request.headers.get("content-length", "")
        if said.isdecimal() and int(said) > MAX_BODY_BYTES:
            await response(request, Kind.TOO_LARGE, DETAIL)(scope, receive, send)
            return
        read = 0

        async def counted() -> Message:
            nonlocal read
            message = await receive()
            read += len(message.get("body", b""))
            if read > MAX_BODY_BYTES:  # FastAPI lets this one class out of its reading of bodies
                raise HTTPException(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, DETAIL)
            return message

        await self._app(scope, counted, send)
