"""Fills in the form of a model at Replicate: our orders in the words of the model's own input schema."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from core.domain.errors import VendorRejected
from core.domain.orders import SoundOrder, StillOrder
from core.domain.tasks import ClipOrder

PROMPT = ("prompt", "text_prompt", "text", "description")
FIRST_FRAME = (
    "start_image", "first_frame_image", "first_frame", "image", "input_image", "init_image", "image_url", "img",
)  # fmt: skip
REFERENCES = ("reference_images", "input_images", "image_input", "images", "subject_references")
REFERENCE = ("reference_image", "input_image", "image_prompt", "subject_reference", "image")
CLIP = ("video", "video_path", "video_url", "input_video")
SECONDS = ("duration", "seconds", "duration_seconds", "video_duration", "total_second_length")
FRAMES = ("num_frames", "frames", "number_of_frames", "video_length")
FPS = ("fps", "frames_per_second", "frame_rate", "frame_per_second")
ASPECT, SIZE, RESOLUTION = ("aspect_ratio", "ratio"), ("size", "image_size", "video_size"), ("resolution",)
SOUND = ("generate_audio", "enable_audio", "with_audio", "audio")
"""What models call the things that we order, the likeliest name first."""
SHORT_SIDES = {"2k": 1440, "4k": 2160}
"""Pixels of the short side, of resolutions that do not name it."""
GRID = 16
"""Widths and heights are multiples of this: what every video model can take."""
ELSE = "Choose another model."


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One input of a model, as its schema describes it."""

    type: str = "string"
    choices: tuple[Any, ...] = ()
    """Empty: anything of the type."""
    minimum: float | None = None
    maximum: float | None = None
    longest: int | None = None
    """Characters."""
    default: Any = None
    required: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What is asked of a model."""

    values: dict[str, Any]
    files: dict[str, Path | tuple[Path, ...]]
    """Inputs that are files, and have yet to be brought there."""
    seconds: float | None = None
    """Length that is bought, where the model lets it be chosen."""


KNOWN = {
    "black-forest-labs/flux-schnell": {
        "prompt": Entry(required=True),
        "aspect_ratio": Entry(
            choices=("1:1", "16:9", "21:9", "3:2", "2:3", "4:5", "5:4", "3:4", "4:3", "9:16", "9:21")
        ),
        "num_outputs": Entry(type="integer", minimum=1, maximum=4, default=1),
        "seed": Entry(type="integer"),
        "output_format": Entry(choices=("webp", "jpg", "png")),
    },
    "zsxkib/mmaudio": {
        "video": Entry(),
        "prompt": Entry(default=""),
        "negative_prompt": Entry(default="music"),
        "duration": Entry(type="number", minimum=1, default=8),
    },
}
"""The inputs of the models that we know, for the case that the API has no schema of them (it may have none)."""


def entries(schema: Mapping[str, Any] | None, model: str) -> dict[str, Entry]:
    """The inputs of a model by name, of its OpenAPI schema. VendorRejected when nobody tells them."""
    schemas = ((schema or {}).get("components") or {}).get("schemas") or {}
    form = schemas.get("Input") or {}
    properties = form.get("properties") or {}
    if not properties and model in KNOWN:
        return KNOWN[model]
    if not properties:
        raise VendorRejected(f"Replicate does not tell what {model[:100]} takes.", ELSE)
    required = form.get("required") or ()
    return {name: _entry(node, schemas, required=name in required) for name, node in properties.items()}


def _entry(node: Mapping[str, Any], schemas: Mapping[str, Any], *, required: bool) -> Entry:
    """One input; what it refers to and what is said beside the reference are joined."""
    whole = dict(node)
    for branch in [*node.get("allOf", []), *node.get("anyOf", []), *([node] if "$ref" in node else [])]:
        found = schemas.get(str(branch.get("$ref", "")).rpartition("/")[2]) or branch
        if found.get("type") != "null":
            whole = {**found, **whole}
    return Entry(
        type=str(whole.get("type", "string")),
        choices=tuple(whole.get("enum") or ()),
        minimum=whole.get("minimum"),
        maximum=whole.get("maximum"),
        longest=whole.get("maxLength"),
        default=whole.get("default"),
        required=required and "default" not in whole,
    )


def clip_input(order: ClipOrder, takes: Mapping[str, Entry]) -> Asked:
    """A clip. VendorRejected when the model cannot film it."""
    form = _Form(order.model, takes)
    form.write(PROMPT, order.prompt, "is not told in words what to film")
    if order.image:
        form.enclose(FIRST_FRAME, order.image, "films from words only, and this scene has a picture")
    form.last(order.seconds)
    form.shape(order.width, order.height)
    form.seed(order.seed)
    form.choose(SOUND, value=False)  # the film has a sound of its own, and this one costs
    return form.filled()


def still_input(order: StillOrder, takes: Mapping[str, Entry]) -> Asked:
    """A still. VendorRejected when the model cannot make it."""
    form = _Form(order.model, takes)
    form.write(PROMPT, order.prompt, "is not told in words what to show")
    if order.references:
        form.refer(order.references)
    form.shape(order.width, order.height)
    form.seed(order.seed)
    form.choose(("num_outputs", "number_of_images", "num_images"), value=1)
    form.choose(("output_format",), value="png")
    return form.filled()


def sound_input(order: SoundOrder, takes: Mapping[str, Entry]) -> Asked:
    """An effect or music, made for the clip where the model looks at one. VendorRejected when it cannot make it."""
    form = _Form(order.model, takes)
    form.write(PROMPT, order.prompt, "is not told in words what to sound like")
    if order.clip and form.name(CLIP):
        form.enclose(CLIP, order.clip, "")
    form.last(order.seconds)
    if order.what == "effect":
        form.choose(("negative_prompt",), value="music")  # the film has a music of its own
    return form.filled()


@dataclass(slots=True)
class _Form:
    """The input of a model while it is filled in."""

    model: str
    takes: Mapping[str, Entry]
    values: dict[str, Any] = field(default_factory=dict)
    files: dict[str, Path | tuple[Path, ...]] = field(default_factory=dict)
    seconds: float | None = None

    def name(self, names: Iterable[str]) -> str | None:
        """What the model calls it, if it takes it."""
        return next((name for name in names if name in self.takes), None)

    def write(self, names: Iterable[str], words: str, without: str) -> None:
        """Words that have to be taken as they are."""
        name = self._require(names, without)
        longest = self.takes[name].longest
        if longest is not None and len(words) > longest:
            raise self._cannot(f"reads at most {longest} characters; this prompt has {len(words)}", "Shorten it.")
        self.values[name] = words

    def enclose(self, names: Iterable[str], path: Path, without: str) -> None:
        """A file."""
        name = self._require(names, without)
        self.files[name] = (path,) if self.takes[name].type == "array" else path

    def refer(self, references: tuple[Path, ...]) -> None:
        """Images of a character or a product."""
        many = self.name(REFERENCES)
        if many:
            self.files[many] = references
        elif len(references) == 1:
            self.enclose(REFERENCE, references[0], "takes no reference image")
        else:
            self._require((), f"does not take {len(references)} reference images")

    def choose(self, names: Iterable[str], *, value: Any) -> None:
        """A preference, where the model lets it be chosen."""
        name = self.name(names)
        entry = self.takes[name] if name else Entry()
        fits = {"boolean": bool, "integer": int, "number": int}.get(entry.type, str)
        if name and type(value) is fits and (not entry.choices or value in entry.choices):
            self.values[name] = value

    def seed(self, seed: int) -> None:
        """The seed, within the model's bounds; some models have none."""
        name = self.name(("seed",))
        if name:
            highest = self.takes[name].maximum
            self.values[name] = seed % ((2**31 if highest is None else int(highest)) or 1)

    def last(self, seconds: float) -> None:
        """The next longer length that the model makes."""
        name = self.name(SECONDS)
        if name:
            self.values[name], self.seconds = self._length(self.takes[name], seconds, 1)
            return
        name = self._require(FRAMES, "does not let its length be chosen")
        rate = self.takes.get(self.name(FPS) or "", Entry()).default
        if not isinstance(rate, int | float) or rate <= 0:
            raise self._cannot("does not tell how long its clips are")
        self.values[name], frames = self._length(self.takes[name], seconds * rate, rate)
        self.seconds = frames / rate

    def _length(self, entry: Entry, wanted: float, rate: float) -> tuple[Any, float]:
        """The input for a length, and the length; `rate`: units of it in a second."""
        if entry.choices:
            lengths = {_leading(choice): choice for choice in entry.choices}
            enough = [length for length in lengths if length is not None and length >= wanted - 1e-6]
            if enough:
                return lengths[min(enough)], min(enough)
            longest = max((length for length in lengths if length is not None), default=0.0)
        else:
            steps = 10 if entry.type == "number" else 1
            length = max(math.ceil(wanted * steps - 1e-6) / steps, entry.minimum or 0.0)
            if rate > 1 and (_leading(entry.default) or 0) % 4 == 1:
                length = math.ceil((length - 1) / 4) * 4 + 1  # frames of a model that thinks in fours
            if entry.maximum is None or length <= entry.maximum:
                whole = length if entry.type == "number" else int(length)
                return (str(whole) if entry.type == "string" else whole), length
            longest = entry.maximum
        raise self._cannot(
            f"makes at most {longest / rate:.1f} s at a time; {wanted / rate:.1f} s are wanted",
            "Make the scene shorter, or split it.",
        )

    def shape(self, width: int, height: int) -> None:
        """The nearest shape and size, where they can be chosen."""
        aspect, size = self.name(ASPECT), self.name(SIZE)
        if aspect:
            self._nearest(aspect, width, height)
        if size:
            self._nearest(size, width, height)
        elif {"width", "height"} <= set(self.takes) and not aspect:
            self._measure(width, height)
        resolution = self.name(RESOLUTION)
        if resolution:
            sides = {side: choice for choice in self.takes[resolution].choices if (side := _side(choice))}
            if sides:
                self.values[resolution] = sides[min(sides, key=lambda side: abs(math.log(side / min(width, height))))]
            elif not aspect:
                self._nearest(resolution, width, height)

    def _nearest(self, name: str, width: int, height: int) -> None:
        """Of choices like `16:9` or `1280x720`, the one of the nearest shape; of those, of the nearest size."""
        sizes = {choice: _pair(choice) for choice in self.takes[name].choices}
        known = {choice: pair for choice, pair in sizes.items() if pair}

        def distance(choice: Any) -> tuple[float, float]:
            across, down = math.log(known[choice][0] / width), math.log(known[choice][1] / height)
            return round(abs(across - down), 3), abs(across + down)

        if known:
            self.values[name] = min(known, key=distance)

    def _measure(self, width: int, height: int) -> None:
        """Width and height within the model's bounds."""
        wide, high = self.takes["width"], self.takes["height"]
        bounds = [(wide, width), (high, height)]
        scale = min([1.0, *(entry.maximum / side for entry, side in bounds if entry.maximum)])
        scale = max([scale, *(entry.minimum / side for entry, side in bounds if entry.minimum)])
        for name, side in (("width", width), ("height", height)):
            apart = {abs((_leading(choice) or 0) - side): choice for choice in self.takes[name].choices}
            self.values[name] = apart[min(apart)] if apart else max(GRID, round(side * scale / GRID) * GRID)

    def filled(self) -> Asked:
        """The form, when nothing that the model needs is missing."""
        missing = [n for n, entry in self.takes.items() if entry.required and n not in self.values | self.files]
        if missing:
            picture = set(missing) & {*FIRST_FRAME, *REFERENCE, *REFERENCES}
            remedy = "Give the scene a picture, or choose another model." if picture else ELSE
            raise self._cannot(f"needs what this order does not have: {', '.join(sorted(missing)[:5])}", remedy)
        return Asked(values=self.values, files=self.files, seconds=self.seconds)

    def _require(self, names: Iterable[str], without: str) -> str:
        name = self.name(names)
        if name is None:
            raise self._cannot(without)
        return name

    def _cannot(self, words: str, remedy: str = ELSE) -> VendorRejected:
        return VendorRejected(f"{self.model.partition(':')[0][:100]} at Replicate {words}.", remedy)


def _leading(words: object) -> float | None:
    """The positive number that a choice begins with: of 5, "5" and "5s"."""
    found = re.match(r"\d+(\.\d+)?", str(words))
    return float(found[0]) if found else None


def _pair(words: object) -> tuple[float, float] | None:
    """The two numbers of a shape or a size: of 16:9, 1280x720 and 1280*720."""
    found = re.fullmatch(r"(\d+(?:\.\d+)?)\s*[:x*×/]\s*(\d+(?:\.\d+)?)", str(words).strip())
    if not found or not float(found[1]) * float(found[2]):
        return None
    return float(found[1]), float(found[2])


def _side(words: object) -> int | None:
    """The short side of a resolution: of 720p, 720 and 4k."""
    said = str(words).strip().lower()
    found = re.fullmatch(r"(\d{3,4})p?", said)
    return int(found[1]) if found else SHORT_SIDES.get(said)
