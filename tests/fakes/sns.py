"""Amazon SNS with a key and a certificate of our own, so that tests sign what SNS would.

https://docs.aws.amazon.com/sns/latest/dg/sns-verify-signature-of-message.html
"""

import base64
import json
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.x509.oid import NameOID

from core.errors import TryAgainLaterError
from webhooks.inbound.json_fields import JsonObject
from webhooks.inbound.outside import Got
from webhooks.inbound.sns import string_to_sign

TOPIC = "arn:aws:sns:eu-central-1:123456789012:desk-mail"
CERTIFICATE_URL = "https://sns.eu-central-1.amazonaws.com/SimpleNotificationService-0123456789abcdef.pem"
SUBSCRIBE_URL = f"https://sns.eu-central-1.amazonaws.com/?Action=ConfirmSubscription&TopicArn={TOPIC}&Token=abc"
_ALGORITHMS: dict[str, hashes.HashAlgorithm] = {"1": hashes.SHA1(), "2": hashes.SHA256()}  # noqa: S303 (SNS's own)


@cache
def private_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def certificate(start: datetime, end: datetime) -> bytes:
    """A self-signed certificate of the key, as PEM."""
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "sns.amazonaws.com")])
    built = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(private_key().public_key())
        .serial_number(1)
        .not_valid_before(start)
        .not_valid_after(end)
        .sign(private_key(), hashes.SHA256())
    )
    return built.public_bytes(serialization.Encoding.PEM)


@dataclass
class FakeSns:
    """Answers at the certificate's address and at the one that confirms; `asked` notes every address."""

    now: datetime
    pem: bytes = b""
    is_away: bool = False
    confirm_status: int = 200
    asked: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.pem = self.pem or certificate(self.now - timedelta(days=1), self.now + timedelta(days=30))

    async def get(self, url: str) -> Got:
        self.asked.append(url)
        if self.is_away:
            raise TryAgainLaterError("A provider could not be reached.")
        if url == CERTIFICATE_URL:
            return Got(200, self.pem)
        return Got(self.confirm_status if url == SUBSCRIBE_URL else 403, b"<xml/>")

    def message(
        self, content: str, *, kind: str = "Notification", version: str = "1", **changed: str
    ) -> dict[str, Any]:
        """A message as SNS posts it, signed; what is `changed` is signed too."""
        message: dict[str, Any] = {
            "Type": kind,
            "MessageId": "22b80b92-fdea-4c2c-8f9d-bdfb0c7bf324",
            "TopicArn": TOPIC,
            "Message": content,
            "Timestamp": self.now.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "SignatureVersion": version,
            "SigningCertURL": CERTIFICATE_URL,
        }
        if kind != "Notification":
            message |= {"Token": "abc", "SubscribeURL": SUBSCRIBE_URL}
        return self.signed(message | changed)

    def signed(self, message: dict[str, Any]) -> dict[str, Any]:
        algorithm = _ALGORITHMS[message["SignatureVersion"]]
        signature = private_key().sign(string_to_sign(JsonObject(message)), padding.PKCS1v15(), algorithm)
        return message | {"Signature": base64.b64encode(signature).decode()}

    def post(self, content: str, **more: str) -> bytes:
        return json.dumps(self.message(content, **more)).encode()
