"""What stands before the routes: HEAD and OPTIONS for every path, and an end to bodies."""

from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from rise_backend.rest.paths import options


class Methods:
    """Answers HEAD as GET without the body, and OPTIONS with what a path takes."""

    def __init__(self, app: ASGIApp) -> None:
        """Stand in front of `app`, inside of the framework's own middleware."""
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        method = scope.get("method")
        if method == "HEAD":
            asked = {**scope, "method": "GET"}  # the server's own scope still says HEAD: no body
            try:
                await self._app(asked, receive, _without_body(send))
            finally:
                scope.update({**asked, "method": "HEAD"})
            return
        answer = options(Request(scope)) if method == "OPTIONS" else None
        await (answer or self._app)(scope, receive, send)


def _without_body(send: Send) -> Send:
    async def sent(message: Message) -> None:
        if message["type"] == "http.response.body":
            message = {**message, "body": b""}
        await send(message)

    return sent
