"""The name under which the ledger knows a mail: the SHA-256 of its raw bytes."""

import asyncio
import hashlib

_ON_LOOP = 1 << 20  # bytes; hashing more than that would hold up everybody else


async def sha256_of(raw: bytes) -> str:
    if len(raw) <= _ON_LOOP:
        return hashlib.sha256(raw).hexdigest()
    return (await asyncio.to_thread(hashlib.sha256, raw)).hexdigest()
