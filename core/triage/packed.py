"""A learned classifier as bytes and back: arrays and JSON, nothing that could run code."""

import io
import json

import numpy as np

from core.triage.learned import Classifier, Trust
from core.triage.logistic import Weights
from core.triage.terms import TermColumns


def pack(classifier: Classifier) -> bytes:
    """The whole classifier, compressed."""
    columns, trust = classifier.columns, classifier.trust
    described = {
        "labels": classifier.labels,
        "terms": [list(group) for group in columns.columns],
        "trust": [trust.mix, trust.temperature, trust.sure_above],
    }
    text = np.frombuffer(json.dumps(described, ensure_ascii=False).encode("utf-8", "surrogatepass"), np.uint8)
    file = io.BytesIO()
    np.savez_compressed(
        file,
        described=text,
        word_rarity=np.array(columns.rarity[0]),
        part_rarity=np.array(columns.rarity[1]),
        terms=classifier.terms.values,
        vectors=classifier.vectors.values,
    )
    return file.getvalue()


def unpack(content: bytes) -> Classifier:
    """What `pack` packed."""
    with np.load(io.BytesIO(content), allow_pickle=False) as arrays:
        described = json.loads(arrays["described"].tobytes().decode("utf-8", "surrogatepass"))
        words, parts = ({term: place for place, term in enumerate(group)} for group in described["terms"])
        rarity = (arrays["word_rarity"].tolist(), arrays["part_rarity"].tolist())
        return Classifier(
            tuple(described["labels"]),
            TermColumns((words, parts), rarity),
            Weights(arrays["terms"]),
            Weights(arrays["vectors"]),
            Trust(*described["trust"]),
        )
