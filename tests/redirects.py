"""A browser that stops where the identity provider sends it back to the client."""

import http.cookiejar
import ssl
import urllib.parse
import urllib.request
from collections.abc import Mapping
from email.message import Message
from typing import IO
from urllib.error import HTTPError

from rise_local.browser import forms

PAGES = 8


class _Back(urllib.request.HTTPRedirectHandler):
    """Follows redirects but those to a client on this machine."""

    def __init__(self, client: str) -> None:
        self._client = client

    def redirect_request(  # noqa: PLR0917 - the library's own
        self,
        req: urllib.request.Request,
        fp: IO[bytes],
        code: int,
        msg: str,
        headers: Message,
        newurl: str,
    ) -> urllib.request.Request | None:
        if newurl.startswith(self._client):
            raise HTTPError(newurl, code, "back at the client", headers, None)
        return super().redirect_request(req, fp, code, msg, headers, newurl)  # pyright: ignore[reportArgumentType]


def sent_back(url: str, ca: str, client: str, answers: Mapping[str, str]) -> dict[str, str]:
    """Sign in at `url`; return what the provider tells the client at the end."""
    opener = urllib.request.build_opener(
        urllib.request.HTTPSHandler(context=ssl.create_default_context(cafile=ca)),
        urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar()),
        _Back(client),
    )
    filled: bytes | None = None
    for _ in range(PAGES):
        try:
            with opener.open(url, filled, timeout=60) as page:
                url, shown = page.url, forms(page.read().decode())
        except HTTPError as back:
            if not back.url.startswith(client):
                raise
            return dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(back.url).query))
        values = {name: answers.get(name, value) for name, value in shown[0].fields.items()}
        filled = urllib.parse.urlencode(values).encode()
        url = urllib.parse.urljoin(url, shown[0].action)
    raise AssertionError(f"the identity provider asks again and again, last at {url}")
