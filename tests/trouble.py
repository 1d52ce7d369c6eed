"""Servers of the tests' own, and one that gives everybody the same answer."""

import threading
from collections.abc import Generator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@contextmanager
def answering(status: int, headers: dict[str, str], body: bytes = b"{}") -> Generator[str]:
    """Answer every request with `status`, `headers` and `body`; yield the server's address."""

    class Answer(BaseHTTPRequestHandler):
        def answer(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            self.send_response(status)
            for name, value in {"Content-Length": str(len(body)), **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base's name
            """Say nothing."""

    with served(Answer) as url:
        yield url


@contextmanager
def served(handler: type[BaseHTTPRequestHandler]) -> Generator[str]:
    """Have `handler.answer` answer every request; yield the server's address."""
    for method in ("GET", "POST", "PUT", "PATCH", "DELETE"):
        setattr(handler, f"do_{method}", vars(handler)["answer"])
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
