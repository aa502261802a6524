"""Tokens at rest: encrypted with a key of their own, derived from SECRET_KEY."""

from base64 import urlsafe_b64encode

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from core.errors import ConfigurationError


class TokenSeal:
    """Fernet (AES-128-CBC with HMAC-SHA256) under a key that HKDF derives for this use alone.

    Source: https://cryptography.io/en/latest/fernet/ and RFC 5869.
    """

    def __init__(self, secret_key: str) -> None:
        derived = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"tickmate workspace tokens").derive(
            secret_key.encode()
        )
        self._fernet = Fernet(urlsafe_b64encode(derived))

    def close(self, token: str) -> str:
        """The token as it is kept; an empty one stays empty."""
        return self._fernet.encrypt(token.encode()).decode() if token else ""

    def open(self, sealed: str) -> str:
        """The token again.

        Raises:
            ConfigurationError: it was sealed under another SECRET_KEY.
        """
        try:
            return self._fernet.decrypt(sealed.encode()).decode() if sealed else ""
        except InvalidToken as error:
            raise ConfigurationError(
                "The Slack tokens were stored under another SECRET_KEY.",
                mend="Set the former key again, or have the app installed again at /slack/install.",
            ) from error
