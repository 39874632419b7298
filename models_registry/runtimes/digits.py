"""scikit-learn's bundled handwritten digits: a model trained on one part, and an endless supply of
images from the other part that it has never seen."""

import hashlib
from dataclasses import dataclass, field
from typing import Any

import msgspec

SIDE, WHITE = 8, 16
SCHEMA: dict[str, Any] = {
    "type": "object",
    "title": "A handwritten digit",
    "required": ["image"],
    "additionalProperties": False,
    "properties": {
        "image": {
            "title": "Image",
            "description": "8 rows of 8 grey values, 0 (paper) to 16 (ink)",
            "type": "array",
            "minItems": SIDE,
            "maxItems": SIDE,
            "items": {
                "type": "array",
                "minItems": SIDE,
                "maxItems": SIDE,
                "items": {"type": "number", "minimum": 0, "maximum": WHITE},
            },
            "x-render": "image",
            "x-maximum": WHITE,
        }
    },
}
CLASSES = [str(digit) for digit in range(10)]
TRAINED_ON = 600  # of 1,797 images; few enough that the model is sometimes unsure
COPIES = 8
GLARE, NOISE = 1.4, 3.5  # of a degraded image: contrast, and grey values of noise


@dataclass(frozen=True, slots=True)
class Trained:
    """A fitted model as a skops file, with what is known about it. profile: how it behaves on data
    that it was not trained on; `scores` are its confidences."""

    artifact: bytes
    metrics: dict[str, Any]
    card: str
    profile: dict[str, Any] = field(default_factory=dict)


def _split() -> tuple[Any, Any, Any, Any]:
    """Training images and labels, unseen images and labels; always the same split."""
    from sklearn.datasets import load_digits
    from sklearn.model_selection import train_test_split

    digits = load_digits()
    seen, unseen, known, truth = train_test_split(
        digits.images, digits.target, train_size=TRAINED_ON, random_state=7, stratify=digits.target
    )
    return seen, known, unseen, truth


def _distorted(image: Any, seed: list[int]) -> Any:
    """The image shifted, tilted and with noise, as the seed says."""
    import numpy as np
    from scipy import ndimage

    chance = np.random.default_rng(seed)
    image = ndimage.rotate(image, chance.uniform(-12, 12), reshape=False, order=1)
    image = ndimage.shift(image, chance.uniform(-0.5, 0.5, 2), order=1)
    image = image + chance.normal(0, chance.uniform(0, 1.5), image.shape)
    return np.clip(np.rint(image), 0, WHITE)


def _degraded(image: Any, seed: list[int]) -> Any:
    """The image as a scanner gives it whose lamp is too bright and whose sensor is worn."""
    import numpy as np

    noise = np.random.default_rng(seed).normal(0, NOISE, image.shape)
    return np.clip(np.rint(GLARE * image + noise), 0, WHITE)


def _scores(model: Any, images: Any) -> list[float]:
    """What the model's confidences are like on images such as it will be asked about."""
    shown = [_distorted(image, [3, i]) for i, image in enumerate(images)]
    confidences = model.predict_proba([image.ravel() for image in shown]).max(axis=1)
    return [round(float(one), 6) for one in confidences]


def train() -> Trained:
    """A logistic regression on the training images and distorted copies of them, measured on
    images it has never seen."""
    import numpy as np
    import skops.io
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import MinMaxScaler

    seen, known, unseen, truth = _split()
    copies = [_distorted(im, [1, c, i]) for c in range(COPIES) for i, im in enumerate(seen)]
    images = np.concatenate([seen, copies]).reshape(-1, SIDE * SIDE)
    model = make_pipeline(MinMaxScaler(), LogisticRegression(max_iter=300))
    model.fit(images, np.tile(known, COPIES + 1))
    accuracy = float(model.score(unseen.reshape(len(unseen), -1), truth))
    card = (
        f"Logistic regression on {len(seen)} of scikit-learn's handwritten digits (8x8 pixels) "
        f"and {COPIES} distorted copies of each. Accuracy on the other {len(unseen)}: "
        f"{accuracy:.3f}. Images that are shifted, tilted or noisy are harder than those."
    )
    metrics = {"accuracy": accuracy, "n": len(unseen)}
    return Trained(skops.io.dumps(model), metrics, card, {"scores": _scores(model, unseen)})


class Unseen:
    """Images that the model was not trained on: first as they are, then shifted, tilted and with
    noise, each distinct; number i is the same in every run."""

    def __init__(self) -> None:
        _, _, self._images, self._truth = _split()

    def sample(self, i: int) -> tuple[dict[str, Any], str]:
        """Input number i and its true class."""
        n = len(self._images)
        image, label = self._images[i % n], CLASSES[int(self._truth[i % n])]
        pixels = image if i < n else _distorted(image, [2, i])
        return {"image": pixels.astype(int).tolist()}, label

    def varied(self, i: int, *, degraded: bool = False) -> tuple[dict[str, Any], str]:
        """The same of shifted, tilted and noisy images alone, so that no part of the stream is
        harder than another; `degraded` as by a scanner that fails."""
        n = len(self._images)
        pixels, label = _distorted(self._images[i % n], [4, i]), CLASSES[int(self._truth[i % n])]
        if degraded:
            pixels = _degraded(pixels, [5, i])
        return {"image": pixels.astype(int).tolist()}, label


def fingerprint(value: object) -> str:
    """SHA-256 of an input, by which its truth can be found."""
    return hashlib.sha256(msgspec.json.encode(value)).hexdigest()
