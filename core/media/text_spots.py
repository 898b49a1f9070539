"""Text that stands in a picture: where it is and what it says, read offline.

The models (PP-OCRv6, Apache 2.0) lie inside the package `rapidocr`; OpenCV runs them, so that neither that package's
own code nor another engine is needed.
"""

from __future__ import annotations

import importlib.util
from functools import cache
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from core.domain.analysis import Area, Writing

FINDER, READER = "PP-OCRv6_det_small.onnx", "PP-OCRv6_rec_small.onnx"
LONG_SIDE = 384
"""Pixels at which text is looked for: letters of a twentieth of the height are still found, in a third of the time
that the full size would take."""
SURE_SPOT, SURE_PIXEL, SURE_TEXT = 0.6, 0.3, 0.75
GROWN = 1.6
"""How far a spot is grown: the finder marks the heart of the letters only."""
LINE = 48
"""Pixels of a line's height that the reader wants."""
WIDEST = 640
"""Pixels of the longest line that is read."""
MOST = 6
"""Lines of a picture that are read, the largest first: text on screen, not the small print of a package."""
SMALLEST = 0.02
"""Share of the picture's height below which text is not read."""
MULTIPLE = 32
"""Both sides of what the finder is shown are multiples of this."""

Picture = NDArray[np.uint8]
"""(h, w, 3), BGR."""
Floats = NDArray[np.float32]


@cache
def _folder() -> Path | None:
    """Where the models lie, or None where the package is not installed."""
    package = importlib.util.find_spec("rapidocr")
    if package is None or not package.origin:
        return None
    folder = Path(package.origin).parent / "models"
    return folder if (folder / FINDER).exists() and (folder / READER).exists() else None


@cache
def _finder(folder: Path) -> cv2.dnn.Net:
    return cv2.dnn.readNetFromONNX(str(folder / FINDER), cv2.dnn.ENGINE_NEW)


@cache
def _reader(folder: Path) -> tuple[cv2.dnn.Net, list[str]]:
    """What reads, and its letters; loaded only where there is something to read, for it is the larger one."""
    net = cv2.dnn.readNetFromONNX(str(folder / READER), cv2.dnn.ENGINE_NEW)
    return net, ["", *_letters((folder / READER).read_bytes()), " "]


def available() -> bool:
    """Whether text can be read here."""
    return _folder() is not None


def _letters(model: bytes) -> list[str]:
    """The letters that a reader tells apart, from the notes at the end of its ONNX file (`character`, one a line)."""
    at = model.rindex(b"\n\tcharacter\x12") + 12
    length = shift = 0
    while True:
        length |= (model[at] & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if model[at - 1] < 0x80:
            break
    return model[at : at + length].decode("utf8").splitlines()


def read(image: Picture) -> tuple[Writing, ...]:
    """The lines of text in a picture, from top to bottom; () where none is, or no model."""
    folder = _folder()
    if folder is None:
        return ()
    high, wide = image.shape[:2]
    spots = [spot for spot in _spots(_finder(folder), image) if spot[3] - spot[1] >= SMALLEST * high]
    spots.sort(key=lambda s: (s[0] - s[2]) * (s[3] - s[1]))
    found = []
    for left, top, right, bottom in spots[:MOST]:
        text, confidence = _line(_reader(folder), image[top:bottom, left:right])
        if confidence >= SURE_TEXT and any(letter.isalnum() for letter in text):
            area = Area(
                left=round(left / wide, 4), top=round(top / high, 4),
                width=round((right - left) / wide, 4), height=round((bottom - top) / high, 4),
            )  # fmt: skip
            found.append(Writing(text=text.strip(), area=area, confidence=round(confidence, 3)))
    return tuple(_in_order(found))


def covered(image: Picture) -> float:
    """Share of a picture's area under lines of text that could be read; 0 where none is, or no model."""
    lines = [line for line in read(image) if sum(letter.isalnum() for letter in line.text) > 1]
    return min(1.0, sum(line.area.width * line.area.height for line in lines))


def _in_order(lines: list[Writing]) -> list[Writing]:
    """From top to bottom, and from left to right where they stand beside one another."""
    rows: list[list[Writing]] = []
    for line in sorted(lines, key=lambda line: line.area.top + line.area.height / 2):
        middle = line.area.top + line.area.height / 2
        if rows and middle < rows[-1][0].area.top + rows[-1][0].area.height * 0.75:
            rows[-1].append(line)
        else:
            rows.append([line])
    return [line for row in rows for line in sorted(row, key=lambda line: line.area.left)]


def _spots(finder: cv2.dnn.Net, image: Picture) -> list[tuple[int, int, int, int]]:
    """Boxes of lines of text: left, top, right, bottom, in pixels."""
    high, wide = image.shape[:2]
    scale = min(1.0, LONG_SIDE / max(high, wide))
    size = tuple(max(MULTIPLE, round(side * scale / MULTIPLE) * MULTIPLE) for side in (wide, high))
    finder.setInput(_prepared(image, (size[0], size[1])))
    chances = np.asarray(finder.forward(), np.float32)[0, 0]
    marked = (chances > SURE_PIXEL).astype(np.uint8)
    outlines, _ = cv2.findContours(marked, cv2.RETR_LIST, cv2.CHAIN_APPROX_SIMPLE)
    found = []
    for outline in outlines:
        x, y, w, h = cv2.boundingRect(outline)
        inside = marked[y : y + h, x : x + w] > 0
        if min(w, h) < 3 or chances[y : y + h, x : x + w][inside].mean() < SURE_SPOT:
            continue
        grow = w * h * GROWN / (2 * (w + h))
        left, right = ((x - grow) / size[0] * wide, (x + w + grow) / size[0] * wide)
        top, bottom = ((y - grow) / size[1] * high, (y + h + grow) / size[1] * high)
        found.append((max(0, int(left)), max(0, int(top)), min(wide, round(right)), min(high, round(bottom))))
    return found


def _line(reader: tuple[cv2.dnn.Net, list[str]], image: Picture) -> tuple[str, float]:
    """What a line says, and how sure that is (0-1)."""
    width = int(np.clip(round(image.shape[1] / image.shape[0] * LINE / 8) * 8, LINE, WIDEST))
    net, letters = reader
    net.setInput(_prepared(image, (width, LINE)))
    chances = np.asarray(net.forward(), np.float32)[0]
    best, sure = chances.argmax(1), chances.max(1)
    kept = (best > 0) & (np.diff(best, prepend=-1) != 0)  # a letter that goes on over several columns is one letter
    if not kept.any():
        return "", 0.0
    return "".join(letters[i] for i in best[kept]), float(sure[kept].mean())


def _prepared(image: Picture, size: tuple[int, int]) -> Floats:
    """(1, 3, h, w), -1 to 1."""
    small = cv2.resize(image, size, interpolation=cv2.INTER_AREA if size[0] < image.shape[1] else cv2.INTER_LINEAR)
    return np.ascontiguousarray(small.transpose(2, 0, 1)[None], np.float32) / 127.5 - 1
