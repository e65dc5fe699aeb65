"""How a source is spoken to: what a question looks like on the wire and what an answer means. One adapter a kind of interface (接口 in the rulebook).

A source that speaks otherwise than the protocol gets an adapter here: it puts the same few facts into that source's words and takes one word out of
what comes back, nothing more. Nothing here sends, waits or decides what may be asked.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Protocol

from pydantic import ValidationError

from api.sources.contract import REPLIES, CheckReply, Inquiry, QueryReply


class Adapter(Protocol):
    """One way of speaking to sources."""

    #: Headers of every question.
    headers: Mapping[str, str]

    def said(self, inquiry: Inquiry) -> bytes:
        """The question as it is sent."""

    def heard(self, inquiry: Inquiry, media_type: str, body: bytes) -> QueryReply | CheckReply | None:
        """What the answer says; None: it cannot be understood, or answers another question."""


class Standard:
    """The protocol of docs/sharing.md."""

    #: Answers are short; packing them would only let a small answer become a huge one.
    headers: Mapping[str, str] = {"Content-Type": "application/json", "Accept": "application/json", "Accept-Encoding": "identity"}

    def said(self, inquiry: Inquiry) -> bytes:
        return inquiry.model_dump_json(exclude_none=True).encode()

    def heard(self, inquiry: Inquiry, media_type: str, body: bytes) -> QueryReply | CheckReply | None:
        if media_type.lower().partition(";")[0].strip() != "application/json":
            return None
        try:
            reply: QueryReply | CheckReply = REPLIES[inquiry.kind].model_validate_json(body)
        except ValidationError:
            return None
        return reply if reply.request == inquiry.request else None


#: By interface of a source (`engine.catalogue.Source.interface`). What has none here is asked by people.
ADAPTERS: Final[Mapping[str, Adapter]] = {"standard": Standard()}
