"""Raw mails for tests, written as a sender's program would put them on the wire."""

_USUAL = {
    "From": "Ada Lovelace <ada@example.org>",
    "To": "support@example.com",
    "Subject": "Printer on fire",
    "Message-ID": "<1@example.org>",
    "Date": "Mon, 1 Jun 2026 10:00:00 +0200",
}


def raw_mail(body: str | bytes = "Please help.\n", headers: dict[str, str | bytes | None] | None = None) -> bytes:
    """A mail with CRLF line ends; `headers` add to the usual ones or, with None, take one away."""
    fields: dict[str, str | bytes | None] = {**_USUAL, **(headers or {})}
    lines = [name.encode() + b": " + _bytes(value) for name, value in fields.items() if value is not None]
    return _crlf(b"\n".join(lines) + b"\n\n" + _bytes(body))


def multipart(kind: str, *parts: str | bytes, boundary: str = "sep") -> tuple[bytes, dict[str, str | bytes | None]]:
    """Body and headers of a multipart mail; each part is its own headers, an empty line and its body."""
    body = b"".join(b"--" + boundary.encode() + b"\n" + _bytes(part) + b"\n" for part in parts)
    header = f'multipart/{kind}; boundary="{boundary}"'
    return body + b"--" + boundary.encode() + b"--\n", {"MIME-Version": "1.0", "Content-Type": header}


def _bytes(value: str | bytes) -> bytes:
    return value.encode() if isinstance(value, str) else value


def _crlf(raw: bytes) -> bytes:
    return raw.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
