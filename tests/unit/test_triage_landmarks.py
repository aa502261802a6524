"""Labels that no plane divides are learned by nearness to landmarks."""

import numpy as np

from core.triage.landmarks import MOST_LANDMARKS, Landmarks, at_landmarks
from core.triage.learned import Classifier
from core.triage.logistic import Weights
from core.triage.rows import DenseRows, Floats
from core.triage.trust import COVERAGE_WANTED, Trust, mixes
from core.triage.values import Example


def points(count: int, width: int = 8) -> Floats:
    return np.random.default_rng(3).normal(size=(count, width)).astype(np.float32)


def test_nearness_is_one_at_a_landmark_and_falls_with_distance() -> None:
    vectors = points(50)
    landmarks = Landmarks.of(vectors)
    near = landmarks.nearness(landmarks.points.astype(np.float32)).values
    assert np.allclose(near.diagonal(), 1, atol=1e-3)
    assert near.min() >= 0
    assert near.max() <= 1 + 1e-6
    assert landmarks.nearness(vectors + 100).values.max() < 1e-6


def test_evened_columns_give_the_kernel_back() -> None:
    landmarks = Landmarks.of(points(40))
    near = landmarks.nearness(landmarks.points.astype(np.float32)).values
    columns = near @ landmarks.evened()
    assert np.allclose(columns @ columns.T, near, atol=1e-2)


def test_weights_of_evened_columns_say_the_same_at_the_landmarks() -> None:
    vectors = points(40)
    landmarks = Landmarks.of(vectors)
    evened = landmarks.evened()
    weights = Weights(np.random.default_rng(5).normal(size=(evened.shape[1] + 1, 3)).astype(np.float32))
    near = landmarks.nearness(vectors)
    one, other = weights.odds(DenseRows(near.values @ evened)), at_landmarks(evened, weights).odds(near)
    assert np.allclose(one, other, rtol=1e-2, atol=1e-2)


def test_landmarks_are_bounded_and_the_same_every_time() -> None:
    vectors = points(MOST_LANDMARKS + 50)
    one, other = Landmarks.of(vectors), Landmarks.of(vectors)
    assert len(one.points) == MOST_LANDMARKS
    assert np.array_equal(one.points, other.points)


def test_without_vectors_there_are_none() -> None:
    landmarks = Landmarks.of(np.zeros((30, 0), np.float32))
    assert landmarks.nearness(np.zeros((2, 0), np.float32)).values.shape == (2, 0)
    assert landmarks.evened().shape == (0, 0)


def test_what_no_plane_divides_is_learned() -> None:
    """One label in the middle, the other around it: one in two is what a plane would get."""
    width = 8
    vectors = np.zeros((200, 2 * width), np.float32)
    directions = points(200, width)
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    is_outside = np.arange(200) % 2 == 0
    vectors[:, width:] = directions * np.where(is_outside, 2.0, 0.2).astype(np.float32)[:, None]
    examples = [Example("", "", "outside" if outside else "inside") for outside in is_outside]
    classifier = Classifier.learn(examples[:150], vectors[:150])
    guesses = [classifier.guess(one, vector) for one, vector in zip(examples[150:], vectors[150:], strict=True)]
    assert sum(guess.label == one.label for guess, one in zip(guesses, examples[150:], strict=True)) >= 47
    assert classifier.trust.mix[2] >= 0.5


def test_mixes_share_out_all_there_is() -> None:
    tried = list(mixes(3))
    assert len(tried) == 66
    assert all(abs(sum(mix) - 1) < 1e-9 for mix in tried)


def test_the_limit_to_speak_from_is_right_nine_times_in_ten_and_no_stricter_than_it_needs_to_be() -> None:
    """Held-out guesses whose probabilities are what they say."""
    draw = np.random.default_rng(9)
    for easiest, is_enough in ((1.0, True), (0.8, False)):
        sure = draw.uniform(0.5, easiest, 4_000)
        wanted = (draw.uniform(size=4_000) > sure).astype(np.int64)
        odds = np.stack([np.log(sure), np.log(1 - sure)], axis=1).astype(np.float32)
        trust = Trust.of((odds,), wanted)
        spoken = trust.shares((odds,)).max(1) >= trust.sure_above
        if is_enough:
            assert (wanted[spoken] == 0).mean() >= 0.9
            assert 0.3 <= spoken.mean() <= COVERAGE_WANTED
        else:
            assert not spoken.any()
