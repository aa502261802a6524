"""Messages of Amazon SNS: who signed them, and confirming a subscription.

Sources: https://docs.aws.amazon.com/sns/latest/dg/sns-verify-signature-of-message.html and
…/sns-message-delivery-retries.html. The certificate is believed because it comes from an address of SNS by HTTPS.
"""

import base64
import binascii
import re
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from core.clock import Clock
from core.errors import TryAgainLaterError
from webhooks.inbound.json_fields import JsonObject
from webhooks.inbound.outside import Get

if TYPE_CHECKING:
    from cryptography.x509 import Certificate

OLDEST = timedelta(seconds=3600 + 300)  # a message is tried for an hour at most, always with its first timestamp
NEWEST = timedelta(minutes=5)
MOST_CERTIFICATES = 8
NOTIFICATION, CONFIRMATION, FAREWELL = "Notification", "SubscriptionConfirmation", "UnsubscribeConfirmation"

_HOST = r"https://sns\.[a-z0-9-]{3,40}\.amazonaws\.com(?:\.cn)?"
_CERTIFICATE_URL = re.compile(_HOST + r"/SimpleNotificationService-[0-9A-Za-z]{1,64}\.pem")
_SUBSCRIBE_URL = re.compile(_HOST + r"/\?[\x21-\x7e]{1,2000}")
_SIGNED = {
    NOTIFICATION: ("Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"),
    CONFIRMATION: ("Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"),
    FAREWELL: ("Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"),
}


class WrongSignatureError(Exception):
    """The message is not from SNS, was altered, or is too old."""


class Sns:
    """Keeps the certificates it has fetched; `get` reaches out, in tests to a double."""

    def __init__(self, get: Get, clock: Clock) -> None:
        self._get = get
        self._clock = clock
        self._certificates: OrderedDict[str, Certificate] = OrderedDict()

    async def verify(self, message: JsonObject, *, before_fetching: Callable[[], Awaitable[None]]) -> None:
        """`before_fetching` may refuse to reach out for a certificate that is not here yet.

        Raises:
            WrongSignatureError: it proves nothing.
            TryAgainLaterError: the certificate cannot be had just now.
        """
        self._check_age(message.text("Timestamp"))
        url = message.text("SigningCertURL")
        if not _CERTIFICATE_URL.fullmatch(url):
            raise WrongSignatureError("The certificate is not one of SNS.")
        signed = string_to_sign(message)
        try:
            signature = base64.b64decode(message.text("Signature"), validate=True)
        except (binascii.Error, ValueError) as error:
            raise WrongSignatureError("The signature is missing or wrong.") from error
        if url not in self._certificates:
            await before_fetching()
        _check_signature(await self._certificate(url), signature, signed, message.text("SignatureVersion"))

    async def confirm(self, message: JsonObject) -> None:
        """Visit the address that confirms a subscription.

        Raises:
            WrongSignatureError: it is not one of SNS.
            TryAgainLaterError: SNS did not take the confirmation.
        """
        url = message.text("SubscribeURL")
        if not _SUBSCRIBE_URL.fullmatch(url):
            raise WrongSignatureError("The address to confirm at is not one of SNS.")
        got = await self._get(url)
        if not got.ok:
            raise TryAgainLaterError(f"SNS answered the confirmation with {got.status}.")

    def _check_age(self, timestamp: str) -> None:
        try:
            age = self._clock.now() - datetime.fromisoformat(timestamp)
        except (ValueError, TypeError) as error:  # no moment, or one without its zone
            raise WrongSignatureError("The timestamp is missing or wrong.") from error
        if not -NEWEST <= age <= OLDEST:
            raise WrongSignatureError("The signature is too old.")

    async def _certificate(self, url: str) -> "Certificate":
        from cryptography import x509  # noqa: PLC0415 (only SES needs it)

        if url not in self._certificates:
            got = await self._get(url)
            try:
                certificate = x509.load_pem_x509_certificate(got.body)
            except ValueError as error:
                raise WrongSignatureError("The certificate cannot be read.") from error
            self._certificates[url] = certificate
            if len(self._certificates) > MOST_CERTIFICATES:
                self._certificates.popitem(last=False)
        certificate = self._certificates[url]
        if not certificate.not_valid_before_utc <= self._clock.now() <= certificate.not_valid_after_utc:
            del self._certificates[url]
            raise WrongSignatureError("The certificate has expired.")
        return certificate


def string_to_sign(message: JsonObject) -> bytes:
    """The fields that a signature covers, each on a line under its name; what is not there is left out.

    Raises:
        WrongSignatureError: SNS sends no message of this type.
    """
    names = _SIGNED.get(message.text("Type"))
    if names is None:
        raise WrongSignatureError("This is no message of SNS.")
    return "".join(f"{name}\n{message.text(name)}\n" for name in names if name in message).encode()


def _check_signature(certificate: "Certificate", signature: bytes, signed: bytes, version: str) -> None:
    from cryptography.exceptions import InvalidSignature  # noqa: PLC0415 (see above)
    from cryptography.hazmat.primitives import hashes  # noqa: PLC0415 (see above)
    from cryptography.hazmat.primitives.asymmetric import padding, rsa  # noqa: PLC0415 (see above)

    algorithms: dict[str, hashes.HashAlgorithm] = {"1": hashes.SHA1(), "2": hashes.SHA256()}  # noqa: S303 (what SNS signs with unless told otherwise)
    key = certificate.public_key()
    if version not in algorithms or not isinstance(key, rsa.RSAPublicKey):
        raise WrongSignatureError("The signature is of an unknown kind.")
    try:
        key.verify(signature, signed, padding.PKCS1v15(), algorithms[version])
    except InvalidSignature as error:
        raise WrongSignatureError("The signature is missing or wrong.") from error
