"""Learned classifiers as bytes and back: arrays and JSON, nothing that could run code."""

import io
import json
import zipfile
from collections.abc import Mapping

import numpy as np

from core.triage.landmarks import Landmarks
from core.triage.learned import Classifier
from core.triage.logistic import Weights
from core.triage.nearness import Nearness
from core.triage.terms import TermColumns
from core.triage.trust import Trust
from core.triage.values import Taught


def pack_all(classifiers: Mapping[Taught, Classifier]) -> bytes:
    """One classifier a field."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:  # the entries are compressed themselves
        for name, classifier in classifiers.items():
            archive.writestr(name.value, pack(classifier))
    return file.getvalue()


def unpack_all(content: bytes) -> dict[Taught, Classifier]:
    """What `pack_all` packed."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {Taught(name): unpack(archive.read(name)) for name in archive.namelist()}


def pack(classifier: Classifier) -> bytes:
    """The whole classifier, compressed."""
    columns, trust = classifier.columns, classifier.trust
    described = {
        "labels": classifier.labels,
        "origins": classifier.origins,
        "terms": [list(group) for group in columns.columns],
        "trust": [trust.mix, trust.temperature, trust.sure_above, trust.curve],
        "near_enough": classifier.nearness.least,
        "steepness": classifier.landmarks.steepness,
    }
    text = np.frombuffer(json.dumps(described, ensure_ascii=False).encode("utf-8", "surrogatepass"), np.uint8)
    file = io.BytesIO()
    np.savez_compressed(
        file,
        described=text,
        rarity=np.array([rarity for group in columns.rarity for rarity in group]),
        terms=classifier.terms.values,
        vectors=classifier.vectors.values,
        landmarks=classifier.landmarks.points,
        at_landmarks=classifier.at_landmarks.values,
        nearness=classifier.nearness.kept,
    )
    return file.getvalue()


def unpack(content: bytes) -> Classifier:
    """What `pack` packed."""
    with np.load(io.BytesIO(content), allow_pickle=False) as arrays:
        described = json.loads(arrays["described"].tobytes().decode("utf-8", "surrogatepass"))
        groups = tuple({term: place for place, term in enumerate(group)} for group in described["terms"])
        ends = np.cumsum([len(group) for group in groups])[:-1]
        rarity = tuple(part.tolist() for part in np.split(arrays["rarity"], ends))
        mix, temperature, sure_above, (given, right) = described["trust"]
        return Classifier(
            tuple(described["labels"]),
            tuple(described["origins"]),
            TermColumns(groups, rarity),
            Weights(arrays["terms"]),
            Weights(arrays["vectors"]),
            Landmarks(arrays["landmarks"], described["steepness"]),
            Weights(arrays["at_landmarks"]),
            Trust(tuple(mix), temperature, sure_above, (tuple(given), tuple(right))),
            Nearness(arrays["nearness"], described["near_enough"]),
        )
