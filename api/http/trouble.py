"""What happens to an error nobody foresaw: it is logged without its text, and the caller gets an incident number.

An exception's text may quote the application, identity numbers included; the log therefore names the kind of error and where
in the program it happened, never what it said.
"""

from __future__ import annotations

import logging
import secrets
import traceback

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.http.problems import HttpProblem, respond

#: Incident numbers are letters only: easy to read out, and never taken for an identity number.
_LETTERS = "abcdefghjkmnpqrstuvwxyz"


def report(error: BaseException, log: logging.Logger) -> HttpProblem:
    """Log the error under a new incident number and give the problem that names the number."""
    incident = "".join(secrets.choice(_LETTERS) for _ in range(12))
    places = "".join(traceback.format_tb(error.__traceback__))
    log.error("incident %s: %s\n%s", incident, type(error).__name__, places)
    return HttpProblem("internal-error", f"没有作出判断。事故编号 {incident}。", f"Nothing was decided. Incident {incident}.")


class Guard:
    """ASGI middleware: no exception leaves the application, and HEAD is answered like GET without the body."""

    def __init__(self, app: ASGIApp):
        self.app = app
        self.log = logging.getLogger("mianzheng")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        if "\0" in scope["path"] or b"%00" in scope["query_string"]:
            await respond(HttpProblem("bad-request", "地址里不能有编码为 0 的字符（%00）。", "No address may hold the character with the code 0 (%00)."),
                          {**scope, "path": scope["path"].replace("\0", "")})(scope, receive, send)
            return
        started = False
        headless = scope["method"] == "HEAD"

        async def watched(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                message = {**message, "headers": [*message.get("headers", ()), (b"x-content-type-options", b"nosniff")]}
            elif headless and message["type"] == "http.response.body":
                message = {**message, "body": b""}
            await send(message)

        try:
            await self.app({**scope, "method": "GET"} if headless else scope, receive, watched)
        except Exception as error:
            problem = report(error, self.log)
            if not started:
                await respond(problem, scope)(scope, receive, watched)
