"""A channel in memory: messages come in as JSON, go out into a list."""

import json
from typing import Any

from core.conversations.values import DeliveryKind, Outgoing, Receipt
from core.intake.values import (
    AttachmentContent,
    CandidateKind,
    Channel,
    InboundMessage,
    Interpretation,
    Screening,
    ThreadCandidate,
    Verdict,
)
from core.people.values import IdentityKind, Sender


class JsonInterpreter:
    """Reads `{"from", "title", "text", "id", "references", "verdict", …}` as a message of a channel."""

    def __init__(self, channel: Channel = Channel.EMAIL) -> None:
        self.channel = channel

    def interpret(self, message: InboundMessage) -> Interpretation:
        said: dict[str, Any] = json.loads(message.raw)
        address = said.get("from")
        references = tuple(said.get("references", ()))
        return Interpretation(
            sender=Sender(
                kind=IdentityKind.EMAIL,
                external_id=address,
                name=said.get("name", ""),
                verified=said.get("verified", True),
            )
            if address
            else None,
            title=said.get("title", ""),
            text=said.get("text", ""),
            reply_text=said.get("reply_text", said.get("text", "")),
            message_id=said.get("id", message.external_id),
            has_own_message_id="id" in said,
            references=references,
            fingerprint=said.get("fingerprint", ""),
            screening=Screening(
                verdict=Verdict(said.get("verdict", "accept")),
                rule=said.get("rule", "default-accept"),
                is_auto_reply=said.get("automatic", False),
                failed_recipients=tuple(said.get("failed", ())),
                may_acknowledge=said.get("acknowledge", True),
            ),
            candidates=tuple(
                ThreadCandidate(kind=CandidateKind.MESSAGE_ID, value=reference, rule="in-reply-to")
                for reference in reversed(references)
            )
            + tuple(
                ThreadCandidate(kind=CandidateKind.SUBJECT_TAG, value=tag, rule="subject-tag")
                for tag in said.get("tags", ())
            ),
            attachments=tuple(
                AttachmentContent(filename=name, content_type="application/octet-stream", content=content.encode())
                for name, content in said.get("files", {}).items()
            ),
            participants=tuple(Sender(kind=IdentityKind.EMAIL, external_id=other) for other in said.get("cc", ())),
        )


class RecordingCourier:
    """Keeps what it was given. `failures` are raised first, one a call; a key once delivered is not delivered again."""

    def __init__(self, channel: str) -> None:
        self.channel = channel
        self.sent: list[Outgoing] = []
        self.failures: list[Exception] = []

    async def deliver(self, outgoing: Outgoing) -> Receipt:
        if self.failures:
            raise self.failures.pop(0)
        self.sent.append(outgoing)
        if self.channel == "email":
            return Receipt(external_id=outgoing.message_id)
        return Receipt(external_id=outgoing.external_id or f"{outgoing.recipient}:{len(self.sent)}.0")

    def of_kind(self, kind: DeliveryKind) -> list[Outgoing]:
        return [outgoing for outgoing in self.sent if outgoing.kind is kind]
