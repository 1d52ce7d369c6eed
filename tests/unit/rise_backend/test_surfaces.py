"""Which path is answered by whom, and what a log may hold."""

import json
import logging

import pytest

from rise_backend import logs
from rise_backend.app import surface_of


@pytest.mark.parametrize(
    ("path", "surface"),
    [
        ("/livez", "own"),
        ("/readyz", "own"),
        ("/healthz", "own"),
        ("/metrics", "own"),
        ("/livez/", "rest"),
        ("/login", "rest"),
        ("/projects/shop", "rest"),
        ("/api/v1/login", "rest"),
        ("/api/v1/projects", "rest"),
        ("/api/v1/projects/shop", "rest"),
        ("/api/v1/projects/shop/more", "rest"),
        ("/api/v1/openapi.json", "rest"),
        ("/api/v1/projectsx", "gateway"),
        ("/api/v1/pods", "gateway"),
        ("/api/v1", "gateway"),
        ("/api", "gateway"),
        ("/apis", "gateway"),
        ("/apis/rise.dev/v1alpha1/projects", "gateway"),
        ("/openapi/v3", "gateway"),
        ("/version", "gateway"),
        ("/version/", "gateway"),
        ("/apis/a\nb", "gateway"),
        ("//apis", "rest"),
        ("/apix", "rest"),
        ("/healthz/etcd", "rest"),
        ("", "rest"),
    ],
)
def test_a_path_belongs_to_one_surface(path: str, surface: str) -> None:
    assert surface_of(path) == surface


TOKEN = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJhIn0.c2lnbmF0dXJl"


@pytest.mark.parametrize(
    "text",
    [
        f"token {TOKEN}",
        f"/apis/{TOKEN}",
        f"{TOKEN[:30]}",
        "Authorization: Bearer abcdefgh",
        "bearer  opaque-thing",
    ],
)
def test_what_looks_like_a_token_is_cut_out(text: str) -> None:
    said = logs.without_tokens(text)
    assert "[token]" in said
    for part in (*TOKEN.split("."), "abcdefgh", "opaque-thing"):
        assert part not in said


def test_other_words_stay() -> None:
    text = "the bearer of this says eyJ and nothing else"
    assert logs.without_tokens(text).endswith("says eyJ and nothing else")


def test_a_line_is_json_and_holds_no_token_even_in_a_traceback() -> None:
    with pytest.raises(ValueError, match="eyJ") as crash:
        int(TOKEN)
    record = logging.LogRecord(
        "x",
        logging.INFO,
        "x.py",
        1,
        "said %s",
        (f"\n{TOKEN}",),
        (crash.type, crash.value, crash.tb),
    )
    record.path = f"/projects/{TOKEN}"
    line = logs.JsonFormatter().format(record)
    assert "\n" not in line
    assert TOKEN not in line
    assert json.loads(line)["path"] == "/projects/[token]"
