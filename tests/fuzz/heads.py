"""Requests that no honest client sends, by chance: case n of a seed is the same for ever.

Each case is sent by a person of its own, so that whoever the API server saw can be told.
"""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import tokens
from tokens import claims

SMUGGLED = "smuggled"  # stands in every request that hides in another
REVIEWS = b"/apis/authentication.k8s.io/v1/selfsubjectreviews"
REVIEW = b'{"apiVersion":"authentication.k8s.io/v1","kind":"SelfSubjectReview"}'
DOMAIN = "fuzz.test"


@dataclass(frozen=True)
class Case:
    """The bytes of one request, in parts that can be left out one by one.

    `nobody`: without a token that may be believed; `whole`: it is complete and well-formed, so
    that an answer must come.
    """

    number: int
    line: bytes
    fields: tuple[bytes, ...]
    body: bytes = b""
    end: bytes = b"\r\n"
    nobody: bool = False
    whole: bool = False

    @property
    def user(self) -> str:
        """Return whose token it carries."""
        return f"rise:{email(self.number)}"

    @property
    def sent(self) -> bytes:
        """Return everything that goes over the wire."""
        return self.end.join((self.line, *self.fields, b"", b"")) + self.body


def email(number: int) -> str:
    """Return the address of the person who sends case `number`."""
    return f"n{number}@{DOMAIN}"


def token(number: int, issuer: str) -> str:
    """Return that person's token: a group of theirs is called like the administrators."""
    groups = ["system:masters"]
    payload = claims(issuer=issuer, email=email(number), sub=f"u{number}", groups=groups)
    return tokens.signed(payload, key=tokens.ec_key(), algorithm="ES256", kid="key-ec")


def case(seed: int, number: int, issuer: str) -> Case:
    """Return case `number`."""
    draw = random.Random(f"{seed} {number}")
    good = _good(draw, number, token(number, issuer))
    twists = draw.choices(TWISTS, weights=[weight for _, weight in KINDS], k=draw.choice((1, 1, 2)))
    for twist in twists:
        good = twist(draw, good)
    return good


def _good(draw: random.Random, number: int, bearer: str) -> Case:
    method, target, body = draw.choice(REQUESTS)
    fields = [b"Host: localhost", b"Authorization: Bearer " + bearer.encode()]
    if body or method in {b"POST", b"PATCH"}:
        fields += [b"Content-Type: application/json", b"Content-Length: %d" % len(body)]
    target = target.replace(b"NAME", b"n%d" % number)
    line = b" ".join((method, target, b"HTTP/1.1"))
    return Case(number, line, tuple(fields), body, whole=True)


REQUESTS = (
    (b"POST", REVIEWS, REVIEW),
    (b"POST", REVIEWS, REVIEW),
    (b"GET", b"/version", b""),
    (b"GET", b"/api/v1/namespaces/default/secrets", b""),
    (b"GET", b"/apis/rise.dev/v1alpha1/projects", b""),
    (b"GET", b"/apis/rise.dev/v1alpha1/projects/NAME", b""),
    (b"HEAD", b"/apis/rise.dev/v1alpha1/teams/NAME", b""),
    (b"DELETE", b"/apis/rise.dev/v1alpha1/projects/NAME", b""),
    (b"PATCH", b"/apis/rise.dev/v1alpha1/projects/NAME?fieldManager=f", b"{}"),
    (b"GET", b"/openapi/v3", b""),
    (b"GET", b"/me", b""),
    (b"GET", b"/api/v1/me", b""),
    (b"GET", b"/projects/NAME", b""),
    (b"OPTIONS", b"/api", b""),
)


def _spelt(draw: random.Random, name: bytes) -> bytes:
    """Return a header's name as somebody might spell it who hopes to slip through."""
    spelt = draw.choice((name, name.lower(), name.upper(), name.replace(b"-", b"_"), name.title()))
    return draw.choice(
        (*[spelt] * 6, spelt + b" ", spelt + b"\t", b" " + spelt, spelt + b"\x00", b"\x0b" + spelt)
    )


IDENTITIES = (
    b"Impersonate-User",
    b"Impersonate-Group",
    b"Impersonate-Uid",
    b"Impersonate-Extra-scopes",
    b"X-Remote-User",
    b"X-Remote-Group",
    b"X-Remote-Extra-x",
    b"X-Forwarded-User",
    b"X-Forwarded-Client-Cert",
    b"X-Original-URL",
    b"X-HTTP-Method-Override",
    b"Forwarded",
    b"Cookie",
    b"Proxy-Authorization",
)
NAMES = (b"system:admin", b"system:masters", b"rise:alice@example.com", b"tests", b"DELETE", b"")


def _identity(draw: random.Random, case: Case) -> Case:
    """Name somebody else."""
    named = _spelt(draw, draw.choice(IDENTITIES)) + b": " + draw.choice(NAMES)
    return _with(draw, case, named, whole=False)


HOPS = (
    b"Connection: Authorization",
    b"Connection: Impersonate-User, Authorization",
    b"Connection: keep-alive, Impersonate-User",
    b"Connection: close",
    b"Connection: Upgrade",
    b"Connection: Host, Content-Length, Transfer-Encoding",
    b"Upgrade: SPDY/3.1",
    b"Upgrade: websocket",
    b"Upgrade: h2c",
    b"Upgrade:",
    b"HTTP2-Settings: AAMAAABkAAQAAP__",
    b"Sec-WebSocket-Protocol: base64url.bearer.authorization.k8s.io.eA",
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
    b"TE: trailers, chunked",
    b"Trailer: Impersonate-User",
    b"Keep-Alive: timeout=0",
    b"Expect: 100-continue",
    b"Expect: 200-ok",
    b"Host: elsewhere.test",
    b"Host:",
    b"Accept: " + b"application/json;as=Table;v=v1;g=meta.k8s.io," * 50,
    b"Accept: \xff\xfe",
    b"Accept-Encoding: gzip, deflate, br, zstd",
    b"Content-Encoding: gzip",
    b"Content-Type: application/apply-patch+yaml",
    b"Content-Type: application/vnd.kubernetes.protobuf",
    b"If-None-Match: *",
    b"User-Agent: rise-operator",
    b"User-Agent: \xc3\xa4\xc2\x80",
    b"Kubectl-Command: kubectl\tget",
    b"Kubectl-\xe4: x",
    b"X-Request-Id: \xe4\r\n folded",
    b"Content-Length: 0",
    b"Range: bytes=0-1",
)


def _hop(draw: random.Random, case: Case) -> Case:
    """Add a header that is between two hops, or that looks so."""
    return _with(draw, case, draw.choice(HOPS), whole=False)


def _token(draw: random.Random, case: Case) -> Case:
    """Make the token somebody's who is nobody."""
    at = next((n for n, each in enumerate(case.fields) if each[:6] == b"Author"), None)
    if at is None or case.nobody:  # twice could make it good again
        return case
    given = case.fields[at]
    bearer = given.rpartition(b" ")[2]
    head, _, rest = bearer.partition(b".")
    body, _, signature = rest.partition(b".")
    alone, told = b"Authorization: ", b"Authorization: Bearer "
    lines: Sequence[tuple[bytes, ...]] = (
        (),
        (given, given),
        (given, told + b"x.y.z"),
        (alone + b"Basic x", given),
        (alone + bearer,),
        (alone + b"Bearer",),
        (alone + b"Bearer\t" + bearer,),
        (alone + b"Basic " + bearer,),
        (told + bearer + b", Bearer " + bearer,),
        (told + bearer + b"." + signature,),
        (told + bearer[:-1],),
        (told + head + b"." + body + b".",),
        (told + b"eyJhbGciOiJub25lIn0." + body + b".",),
        (told + b"eyJhbGciOiJIUzI1NiIsImtpZCI6ImtleS1lYyJ9." + body + b"." + signature,),
        (told + head + b"." + body.swapcase() + b"." + signature,),
        (told + b"\xc0\xae" + bearer,),
        (told + bearer + b"\x00",),
        (told + b"[" * 20_000,),
        (b"Authorization : Bearer " + bearer,),
        (b"Authorization\x00: Bearer " + bearer,),
        (b"X-Authorization: Bearer " + bearer,),
        (b"Cookie: token=" + bearer,),
        (b"Sec-WebSocket-Protocol: base64url.bearer.authorization.k8s.io." + bearer,),
        (b"Authorization:\r\n Bearer " + bearer[:20],),
    )
    fields = (*case.fields[:at], *draw.choice(lines), *case.fields[at + 1 :])
    return replace(case, fields=fields, nobody=True, whole=False)


SCHEMES = (b"bearer ", b"BEARER ", b"Bearer  ", b" Bearer ", b"\tBearer   ")


def _scheme(draw: random.Random, case: Case) -> Case:
    """Spell the scheme in another way that means the same."""
    spelt = (each.replace(b"Bearer ", draw.choice(SCHEMES)) for each in case.fields)
    return replace(case, fields=tuple(spelt), whole=False)


def _hidden(case: Case) -> bytes:
    """Return a request that hides in another's body or header."""
    line = b"GET /api/v1/%s-%d HTTP/1.1" % (SMUGGLED.encode(), case.number)
    return b"\r\n".join((line, b"Host: localhost", b"Impersonate-User: system:admin", b"", b""))


def _framed(draw: random.Random, case: Case) -> Case:
    """Let two readers disagree where the body ends."""
    hidden = _hidden(case)
    chunked = b"%x\r\n%b\r\n0\r\n\r\n" % (len(case.body), case.body)
    end_first = b"0\r\n\r\n" + hidden
    size = b"%d" % len(case.body)
    te, cl = b"Transfer-Encoding: ", b"Content-Length: "
    framings: Sequence[tuple[tuple[bytes, ...], bytes]] = (
        ((cl + b"%d" % len(end_first), te + b"chunked"), end_first),
        ((te + b"chunked", cl + size), end_first),
        ((te + b"xchunked",), end_first),
        ((te + b"chunked, identity",), end_first),
        ((te + b"identity, chunked", cl + size), end_first),
        ((te + b"chunked", te + b"identity"), end_first),
        ((te + b"chunked\x0b",), end_first),
        ((te + b'"chunked"',), end_first),
        ((te[:-2] + b" : chunked", cl + size), end_first),
        ((te[:-2] + b":\x0bchunked", cl + size), end_first),
        ((te + b"\r\n chunked", cl + size), end_first),
        ((b"Transfer_Encoding: chunked", cl + size), case.body),
        ((cl + size, cl + b"%d" % len(hidden)), case.body + hidden),
        ((cl + size + b", %d" % len(hidden),), case.body + hidden),
        ((cl + b"-1",), case.body + hidden),
        ((cl + b"+" + size,), case.body + hidden),
        ((cl + b"0x10",), case.body + hidden),
        ((cl + b"\x0b" + size,), case.body + hidden),
        ((cl + b"9" * 40,), case.body),
        ((cl,), case.body + hidden),
        ((te + b"chunked",), b"-1\r\n" + hidden),
        ((te + b"chunked",), b"0x5\r\n" + hidden),
        ((te + b"chunked",), b"ffffffffffffffff1\r\n" + hidden),
        ((te + b"chunked",), b"5;x=\n\r\n" + hidden),
        ((te + b"chunked",), b"2\r\n{}" + hidden),
        ((te + b"chunked",), chunked[:-2] + b"Impersonate-User: system:admin\r\n\r\n"),
        ((te + b"chunked",), chunked[:-2] + b"Authorization: Bearer x.y.z\r\n\r\n"),
        ((te + b"chunked",), chunked[:-4]),
        ((te + b"chunked",), chunked.replace(b"\r\n", b"\n")),
        ((te + b"chunked",), chunked),
        ((te + b"gzip, chunked",), chunked),
    )
    fields, body = draw.choice(framings)
    kept = tuple(each for each in case.fields if each[:11].lower() != b"content-len")
    return replace(case, fields=(*kept, *fields), body=body, whole=False)


PIECES = (
    b"/",
    b"//",
    b"%2F",
    b"%2f..%2f",
    b"/../",
    b"/./",
    b"/..;/",
    b"%2e%2e/",
    b"\\",
    b"%5c",
    b"%00",
    b"%0d%0aImpersonate-User:%20system:admin",
    b"%0d%0a%0d%0aGET%20/smuggled",
    b"%",
    b"%zz",
    b"%u002f",
    b"\xc0\xaf",
    b"%c0%af",
    b"\xe4",
    b"\xff",
    b"%E2%80%AE",
    b"\t",
    b"\x0b",
    b"\x00",
    b"\x7f",
    b"?",
    b"?x=%00",
    b"?dryRun=All&dryRun=None",
    b"?watch=1&timeoutSeconds=1",
    b"?fieldSelector=metadata.name%3Dx",
    b"?limit=-1",
    b"?continue=x",
    b"?resourceVersion=x",
    b"#x",
    b";x=y",
    b"@elsewhere.test/",
    b":443/",
    b"*",
    b" ",
    b" HTTP/1.1\r\nX: ",
    b"\r\nX: ",
    b"\n",
    b"x" * 3_000,
    b"x" * 70_000,
)
STARTS = (
    b"http://localhost",
    b"https://elsewhere.test",
    b"https://kubernetes.default.svc:443",
    b"//elsewhere.test",
    b"/\\elsewhere.test",
    b"*",
    b"localhost:443",
    b"?",
    b"#",
    b".",
    b"/..",
    b"file://",
    b"/readyz/..",
    b"/metrics/%2e%2e",
    b"%2f",
)


def _aimed(draw: random.Random, case: Case) -> Case:
    """Write the target so that two readers may see two."""
    method, _, rest = case.line.partition(b" ")
    target, _, version = rest.rpartition(b" ")
    if draw.random() < 0.3:
        aimed = draw.choice(STARTS) + target
    else:
        at = draw.randint(0, len(target))
        aimed = target[:at] + draw.choice(PIECES) + target[at:]
    return replace(case, line=b" ".join((method, aimed, version)), whole=False)


METHODS = (
    b"get",
    b"GETx",
    b"CONNECT",
    b"TRACE",
    b"PRI",
    b"QUERY",
    b"LINK",
    b"",
    b"G\x00T",
    b"M" * 99,
)
VERSIONS = (
    b"HTTP/1.0",
    b"HTTP/0.9",
    b"HTTP/2.0",
    b"HTTP/1.2",
    b"http/1.1",
    b"HTTP/1.1x",
    b"",
    b"\t",
)


def _lined(draw: random.Random, case: Case) -> Case:
    """Change the verb or the version."""
    method, _, rest = case.line.partition(b" ")
    target, _, version = rest.rpartition(b" ")
    if draw.random() < 0.5:
        method = draw.choice(METHODS)
    else:
        version = draw.choice(VERSIONS)
    gap = draw.choice((b" ", b" ", b"  ", b"\t"))
    return replace(case, line=gap.join((method, target, version)), whole=False)


NOISE = (b"\x00", b"\n", b"\r", b"\r\n", b"\r\n ", b"\t", b":", b"\x80", b"\xff", b"\x7f", b"\x0b")


def _noisy(draw: random.Random, case: Case) -> Case:
    """Change single bytes anywhere in the head."""
    head = bytearray(case.end.join((case.line, *case.fields)))
    for _ in range(draw.randint(1, 3)):
        at = draw.randrange(len(head))
        kind = draw.random()
        if kind < 0.4:
            head[at:at] = draw.choice(NOISE)
        elif kind < 0.8:
            head[at] = draw.randrange(256)
        else:
            del head[at : at + draw.randint(1, 30)]
    return replace(case, line=bytes(head), fields=(), nobody=False, whole=False)


def _ended(draw: random.Random, case: Case) -> Case:
    """End the lines otherwise."""
    return replace(case, end=draw.choice((b"\n", b"\r", b"\r\r\n", b"\n\r\n")), whole=False)


def _big(draw: random.Random, case: Case) -> Case:
    """Send much."""
    much = draw.choice((100, 8_000, 66_000))
    big = draw.choice(
        (b"X-Big: " + b"x" * much, b"x" * much + b": y", b"\r\n".join([b"X: y"] * (much // 8)))
    )
    return _with(draw, case, big, whole=False)


def _alone(draw: random.Random, case: Case) -> Case:
    """Change nothing: a good request among the bad ones."""
    del draw
    return case


def _with(draw: random.Random, case: Case, field: bytes, *, whole: bool) -> Case:
    at = draw.randint(0, len(case.fields))
    return replace(case, fields=(*case.fields[:at], field, *case.fields[at:]), whole=whole)


Twist = Callable[[random.Random, Case], Case]
KINDS: Sequence[tuple[Twist, int]] = (
    (_identity, 20),
    (_hop, 10),
    (_token, 15),
    (_scheme, 4),
    (_framed, 16),
    (_aimed, 18),
    (_lined, 6),
    (_noisy, 12),
    (_ended, 3),
    (_big, 3),
    (_alone, 5),
)
TWISTS = [twist for twist, _ in KINDS]
