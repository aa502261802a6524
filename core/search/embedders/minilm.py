"""all-MiniLM-L6-v2 (https://huggingface.co/sentence-transformers/all-MiniLM-L6-v2), computed in this process."""

import asyncio
import hashlib
import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tokenizers import Tokenizer

from core.errors import ConfigurationError
from core.search.embedders.bert import Bert
from core.triage.values import AiCall

MODEL = "all-MiniLM-L6-v2"
FINGERPRINT = "4877f50a9bad"
FINGERPRINT_BYTES = 1 << 20  # from the end, where the last layers are, which every further training changes
MAX_TOKENS = 256  # as the model's authors trained and use it
BATCH_TOKENS = 1024  # padded tokens computed at once, which bounds the memory it takes


class MiniLm:
    """The embedder that needs no account. Reads `model.safetensors`, `tokenizer.json` and `config.json` in a folder.

    Any BERT sentence encoder with mean pooling will do; `model` tells different weights apart. Computes on one thread
    of its own, so that neither the event loop nor other work waits for it.

    Raises:
        ConfigurationError: the folder does not hold such a model.
    """

    def __init__(self, folder: Path) -> None:
        try:
            self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
            self._network = Bert(folder, max_tokens=MAX_TOKENS)
            self.model = model_name(folder)
        except Exception as error:  # tokenizers raises it bare; whatever it is, this is not such a model
            raise ConfigurationError(f"The embedding model in {folder} cannot be read: {error}") from error
        self.dimension = self._network.width
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(self._network.max_tokens)
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="minilm")

    async def embed(
        self,
        texts: Sequence[str],
        calls: list[AiCall] | None = None,  # noqa: ARG002 (nothing is billed)
    ) -> list[Sequence[float]]:
        vectors: list[Sequence[float]] = [()] * len(texts)
        loop = asyncio.get_running_loop()
        token_lists = await loop.run_in_executor(self._thread, self._tokens, texts)
        for batch in _batches([len(tokens) for tokens in token_lists]):
            # One batch a call: a short query need not wait until a long rebuild has ended.
            rows = await loop.run_in_executor(self._thread, self._network.embed, [token_lists[i] for i in batch])
            for i, row in zip(batch, rows, strict=True):
                vectors[i] = row.tolist()
        return vectors

    async def close(self) -> None:
        self._thread.shutdown(wait=False, cancel_futures=True)

    def _tokens(self, texts: Sequence[str]) -> list[list[int]]:
        printable = [text.encode("utf-8", "replace").decode() for text in texts]  # lone surrogates
        return [encoding.ids for encoding in self._tokenizer.encode_batch_fast(printable)]


def _batches(lengths: Sequence[int]) -> list[list[int]]:
    """Indices in groups of similar length, so that little is computed for padding."""
    groups: list[list[int]] = []
    for i in sorted(range(len(lengths)), key=lengths.__getitem__):
        if not groups or lengths[i] * (len(groups[-1]) + 1) > BATCH_TOKENS:
            groups.append([])
        groups[-1].append(i)
    return groups


def model_name(folder: Path) -> str:
    """The published model's name, or the folder's with a fingerprint of the weights: hashing all takes long."""
    weights = folder / "model.safetensors"
    digest = hashlib.sha256(str(weights.stat().st_size).encode())
    with weights.open("rb") as file:
        file.seek(-min(FINGERPRINT_BYTES, weights.stat().st_size), os.SEEK_END)
        digest.update(file.read())
    fingerprint = digest.hexdigest()[:12]
    return MODEL if fingerprint == FINGERPRINT else f"{folder.name}-{fingerprint}"
