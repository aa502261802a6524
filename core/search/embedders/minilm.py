"""all-MiniLM-L6-v2 (https://huggingface.co/sentence-transformers/all-MiniLM-L6-v2) as a plain numpy forward pass.

The weights stay in the file and are mapped into memory: what the kernel needs elsewhere it may take back, and of the
word embeddings (half of the file) only the rows that occur are ever read.
"""

import asyncio
import hashlib
import json
import mmap
import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from tokenizers import Tokenizer

from core.errors import ConfigurationError
from core.triage.values import AiCall

Floats = npt.NDArray[np.float32]

MODEL = "all-MiniLM-L6-v2"
FINGERPRINT = "4877f50a9bad"
FINGERPRINT_BYTES = 1 << 20  # from the end, where the last layers are, which every further training changes
MAX_TOKENS = 256  # as the model's authors trained and use it
BATCH_TOKENS = 1024  # padded tokens computed at once, which bounds the memory it takes
MASKED = np.float32(-1e9)
LAYER_NORM_EPSILON = np.float32(1e-12)


class MiniLm:
    """The embedder that needs no account. Reads `model.safetensors`, `tokenizer.json` and `config.json` in a folder.

    Any BERT sentence encoder with mean pooling will do; `model` tells different weights apart. Computes on one thread
    of its own, so that neither the event loop nor other work waits for it.

    Raises:
        ConfigurationError: the folder does not hold such a model.
    """

    def __init__(self, folder: Path) -> None:
        self._network = _Network(folder)
        self.model = _name(folder)
        self.dimension = self._network.width
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="minilm")

    async def embed(self, texts: Sequence[str], calls: list[AiCall] | None = None) -> list[Sequence[float]]:  # noqa: ARG002 (nothing is billed)
        vectors: list[Sequence[float]] = [()] * len(texts)
        loop = asyncio.get_running_loop()
        encodings = await loop.run_in_executor(self._thread, self._network.encode, texts)
        for batch in _batches([len(tokens) for tokens in encodings]):
            # One batch a call: a short query need not wait until a long rebuild has ended.
            tokens = [encodings[i] for i in batch]
            rows = await loop.run_in_executor(self._thread, self._network.embed, tokens)
            for i, row in zip(batch, rows, strict=True):
                vectors[i] = row.tolist()
        return vectors

    async def close(self) -> None:
        self._thread.shutdown(wait=False, cancel_futures=True)


def _batches(lengths: Sequence[int]) -> list[list[int]]:
    """Indices in groups of similar length, so that little is computed for padding."""
    groups: list[list[int]] = []
    for i in sorted(range(len(lengths)), key=lengths.__getitem__):
        if not groups or lengths[i] * (len(groups[-1]) + 1) > BATCH_TOKENS:
            groups.append([])
        groups[-1].append(i)
    return groups


@dataclass(frozen=True, slots=True)
class _Normalization:
    scale: Floats
    shift: Floats

    def __call__(self, x: Floats) -> Floats:
        x = x - x.mean(-1, keepdims=True)
        x /= np.sqrt((x * x).mean(-1, keepdims=True) + LAYER_NORM_EPSILON)
        x *= self.scale
        x += self.shift
        return x


@dataclass(frozen=True, slots=True)
class _Linear:
    weight: Floats  # (out, in), as stored
    bias: Floats

    def __call__(self, x: Floats) -> Floats:
        y: Floats = x @ self.weight.T
        y += self.bias
        return y


@dataclass(frozen=True, slots=True)
class _Layer:
    heads: int
    query: _Linear
    key: _Linear
    value: _Linear
    attention_out: _Linear
    attention_norm: _Normalization
    widen: _Linear
    narrow: _Linear
    output_norm: _Normalization

    def __call__(self, x: Floats, mask: Floats) -> Floats:
        """One transformer block. `x` is (batch, tokens, width), `mask` (batch, 1, 1, tokens), 0 or very negative."""
        batch, tokens, width = x.shape
        head_width = width // self.heads
        query, key, value = (
            part(x).reshape(batch, tokens, self.heads, head_width).transpose(0, 2, 1, 3)
            for part in (self.query, self.key, self.value)
        )
        weights = query @ key.transpose(0, 1, 3, 2)
        weights *= np.float32(head_width**-0.5)
        weights += mask
        weights -= weights.max(-1, keepdims=True)
        np.exp(weights, out=weights)
        weights /= weights.sum(-1, keepdims=True)
        context = (weights @ value).astype(np.float32, copy=False).transpose(0, 2, 1, 3).reshape(batch, tokens, width)
        x = self.attention_norm(self.attention_out(context) + x)
        return self.output_norm(self.narrow(_gelu(self.widen(x))) + x)


def _gelu(x: Floats) -> Floats:
    """The tanh form of GELU (https://arxiv.org/abs/1606.08415), within a cosine of 1e-6 of the erf form."""
    inner = x * x
    inner *= np.float32(0.044715 * 0.7978845608)
    inner += np.float32(0.7978845608)
    inner *= x
    np.tanh(inner, out=inner)
    inner += np.float32(1)
    inner *= x
    inner *= np.float32(0.5)
    return inner


def _name(folder: Path) -> str:
    """The published model's name, or the folder's with a fingerprint of the weights: hashing all takes long."""
    weights = folder / "model.safetensors"
    digest = hashlib.sha256(str(weights.stat().st_size).encode())
    with weights.open("rb") as file:
        file.seek(-min(FINGERPRINT_BYTES, weights.stat().st_size), os.SEEK_END)
        digest.update(file.read())
    fingerprint = digest.hexdigest()[:12]
    return MODEL if fingerprint == FINGERPRINT else f"{folder.name}-{fingerprint}"


class _Network:
    def __init__(self, folder: Path) -> None:
        try:
            shape = json.loads((folder / "config.json").read_text(encoding="utf-8"))
            self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
            tensors = _mapped_tensors(folder / "model.safetensors")
            self.width = int(shape["hidden_size"])
            self._words = tensors["embeddings.word_embeddings.weight"]
            self._positions = (
                tensors["embeddings.position_embeddings.weight"][:MAX_TOKENS]
                + tensors["embeddings.token_type_embeddings.weight"][0]
            )
            self._norm = _normalization(tensors, "embeddings.LayerNorm")
            heads, layers = int(shape["num_attention_heads"]), int(shape["num_hidden_layers"])
            self._layers = [_layer(tensors, f"encoder.layer.{i}", heads) for i in range(layers)]
        except Exception as error:  # tokenizers raises it bare; whatever it is, this is not such a model
            raise ConfigurationError(f"The embedding model in {folder} cannot be read: {error}") from error
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(len(self._positions))

    def encode(self, texts: Sequence[str]) -> list[list[int]]:
        printable = [text.encode("utf-8", "replace").decode() for text in texts]  # lone surrogates
        return [encoding.ids for encoding in self._tokenizer.encode_batch_fast(printable)]

    def embed(self, token_lists: Sequence[Sequence[int]]) -> Floats:
        """One row of length 1 a text: the mean of its last layer's tokens."""
        longest = max(map(len, token_lists))
        ids = np.zeros((len(token_lists), longest), np.int64)
        present = np.zeros((len(token_lists), longest, 1), np.float32)
        for row, tokens in enumerate(token_lists):
            ids[row, : len(tokens)] = tokens
            present[row, : len(tokens)] = 1
        mask = ((1 - present) * MASKED).reshape(len(token_lists), 1, 1, longest)
        x = self._norm(self._words[ids] + self._positions[:longest])
        for layer in self._layers:
            x = layer(x, mask)
        mean: Floats = (x * present).sum(1) / present.sum(1)
        mean /= np.linalg.norm(mean, axis=1, keepdims=True)
        return mean


def _mapped_tensors(path: Path) -> dict[str, Floats]:
    """The float tensors of a safetensors file (https://huggingface.co/docs/safetensors) without reading them."""
    with path.open("rb") as file:
        view = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    start = 8 + int.from_bytes(view[:8], "little")
    header: dict[str, dict[str, Any]] = json.loads(view[8:start])
    tensors: dict[str, Floats] = {}
    for name, entry in header.items():
        if entry.get("dtype") == "F32":
            begin, end = entry["data_offsets"]
            flat = np.frombuffer(view, np.float32, (end - begin) // 4, start + begin)
            tensors[name] = flat.reshape(entry["shape"])
    return tensors


def _normalization(tensors: dict[str, Floats], name: str) -> _Normalization:
    return _Normalization(tensors[f"{name}.weight"], tensors[f"{name}.bias"])


def _layer(tensors: dict[str, Floats], name: str, heads: int) -> _Layer:
    linear: Callable[[str], _Linear] = lambda part: _Linear(  # noqa: E731 (a name for one line)
        tensors[f"{name}.{part}.weight"], tensors[f"{name}.{part}.bias"]
    )
    return _Layer(
        heads=heads,
        query=linear("attention.self.query"),
        key=linear("attention.self.key"),
        value=linear("attention.self.value"),
        attention_out=linear("attention.output.dense"),
        attention_norm=_normalization(tensors, f"{name}.attention.output.LayerNorm"),
        widen=linear("intermediate.dense"),
        narrow=linear("output.dense"),
        output_norm=_normalization(tensors, f"{name}.output.LayerNorm"),
    )
