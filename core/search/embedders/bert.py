"""The forward pass of a BERT encoder (https://arxiv.org/abs/1810.04805) in plain numpy.

The layers' weights are held transposed, which makes products of a short text twice as fast. The word embeddings, half
of the file, stay in it, mapped into memory: only the rows that occur are ever read.
"""

import json
import mmap
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]

MASKED = np.float32(-1e9)
LAYER_NORM_EPSILON = np.float32(1e-12)


class Bert:
    """A sentence encoder of the files `config.json` and `model.safetensors`: the mean of the last layer's tokens.

    Raises:
        OSError, KeyError, ValueError: the folder does not hold such a model.
    """

    def __init__(self, folder: Path, *, max_tokens: int) -> None:
        shape = json.loads((folder / "config.json").read_text(encoding="utf-8"))
        heads, layers = int(shape["num_attention_heads"]), int(shape["num_hidden_layers"])
        tensors, view = _mapped_tensors(folder / "model.safetensors")
        self.width = int(shape["hidden_size"])
        self._words = tensors["embeddings.word_embeddings.weight"]
        self._positions = (
            tensors["embeddings.position_embeddings.weight"][:max_tokens]
            + tensors["embeddings.token_type_embeddings.weight"][0]
        )
        self.max_tokens = len(self._positions)
        self._norm = _normalization(tensors, "embeddings.LayerNorm")
        self._layers = [_layer(tensors, f"encoder.layer.{i}", heads) for i in range(layers)]
        view.madvise(mmap.MADV_DONTNEED)  # the layers are copied: give their pages back
        view.madvise(mmap.MADV_RANDOM)

    def embed(self, token_lists: Sequence[Sequence[int]]) -> Floats:
        """One row of length 1 a text, each text being the ids of its tokens."""
        batch, longest = len(token_lists), max(map(len, token_lists))
        ids = np.zeros((batch, longest), np.int64)
        present = np.zeros((batch, longest, 1), np.float32)
        for row, tokens in enumerate(token_lists):
            ids[row, : len(tokens)] = tokens
            present[row, : len(tokens)] = 1
        mask = ((1 - present) * MASKED).reshape(batch, 1, 1, longest)
        x = self._norm((self._words[ids] + self._positions[:longest]).reshape(batch * longest, self.width))
        for layer in self._layers:
            x = layer(x, mask)
        mean: Floats = (x.reshape(batch, longest, self.width) * present).sum(1) / present.sum(1)
        mean /= np.linalg.norm(mean, axis=1, keepdims=True)
        return mean


@dataclass(frozen=True, slots=True)
class _Normalization:
    scale: Floats
    shift: Floats

    def __call__(self, x: Floats) -> Floats:
        x = x - x.mean(-1, keepdims=True)
        x /= np.sqrt(np.einsum("ij,ij->i", x, x)[:, None] / np.float32(x.shape[-1]) + LAYER_NORM_EPSILON)
        x *= self.scale
        x += self.shift
        return x


@dataclass(frozen=True, slots=True)
class _Linear:
    weight: Floats  # (in, out)
    bias: Floats

    def __call__(self, x: Floats) -> Floats:
        y: Floats = x @ self.weight
        y += self.bias
        return y


@dataclass(frozen=True, slots=True)
class _Layer:
    heads: int
    query_key_value: _Linear
    attention_out: _Linear
    attention_norm: _Normalization
    widen: _Linear
    narrow: _Linear
    output_norm: _Normalization

    def __call__(self, x: Floats, mask: Floats) -> Floats:
        """One block. `x` is (batch * tokens, width), `mask` (batch, 1, 1, tokens): 0, or very negative for padding."""
        batch, tokens = mask.shape[0], mask.shape[-1]
        head_width = x.shape[-1] // self.heads
        parts = self.query_key_value(x).reshape(batch, tokens, 3, self.heads, head_width)
        query, key, value = parts.transpose(2, 0, 3, 1, 4)
        weights = query @ key.transpose(0, 1, 3, 2)
        weights *= np.float32(head_width**-0.5)
        weights += mask
        weights -= weights.max(-1, keepdims=True)
        np.exp(weights, out=weights)
        weights /= weights.sum(-1, keepdims=True)
        context: Floats = (weights @ value).transpose(0, 2, 1, 3).reshape(x.shape)
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


def _mapped_tensors(path: Path) -> tuple[dict[str, Floats], mmap.mmap]:
    """The float tensors of a safetensors file (https://huggingface.co/docs/safetensors) and the mapping they are in."""
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
    return tensors, view


def _normalization(tensors: dict[str, Floats], name: str) -> _Normalization:
    return _Normalization(tensors[f"{name}.weight"].copy(), tensors[f"{name}.bias"].copy())


def _linear(tensors: dict[str, Floats], *names: str) -> _Linear:
    """Several layers of the same input as one."""
    weight = np.concatenate([tensors[f"{name}.weight"] for name in names])
    bias = np.concatenate([tensors[f"{name}.bias"] for name in names])
    return _Linear(np.ascontiguousarray(weight.T), bias)


def _layer(tensors: dict[str, Floats], name: str, heads: int) -> _Layer:
    attention = f"{name}.attention"
    return _Layer(
        heads=heads,
        query_key_value=_linear(tensors, *(f"{attention}.self.{part}" for part in ("query", "key", "value"))),
        attention_out=_linear(tensors, f"{attention}.output.dense"),
        attention_norm=_normalization(tensors, f"{attention}.output.LayerNorm"),
        widen=_linear(tensors, f"{name}.intermediate.dense"),
        narrow=_linear(tensors, f"{name}.output.dense"),
        output_norm=_normalization(tensors, f"{name}.output.LayerNorm"),
    )
