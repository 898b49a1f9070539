"""Line icons (Lucide, ISC): found by the words of a scene, drawn from their outlines."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import lru_cache
from itertools import pairwise
from typing import TypedDict

import cv2
import numpy as np
import numpy.typing as npt

from core import facts
from core.providers.local.film.paint import Float

ICONS = facts.DATA / "icons.json"
UNITS = 24
"""Icons are drawn on a sheet of 24 x 24 units."""
TOKEN = re.compile(r"([MmLlHhVvCcSsQqTtAaZz])|([-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)")
IDLE = frozenset(
    re.findall(
        r"\w+",
        "it that this the a an and or of for to in on with by at is are be you your our we they them one two then"
        " what not no so more most just from into as has have will can do does get make its his her their all"
        " meet shows show when where only every new now something today tonight try start",
    )
)
NEGATING = frozenset(
    {"block", "blocks", "blocked", "mute", "without", "stop", "stops", "silence", "off", "quiet", "unplug"}
)

Outline = npt.NDArray[np.float32]


class Icon(TypedDict):
    """One entry of data/icons.json."""

    tags: list[str]
    paths: list[str]


@lru_cache(maxsize=1)
def icons() -> dict[str, Icon]:
    """All icons by name."""
    loaded: dict[str, Icon] = json.loads(ICONS.read_text(encoding="utf-8"))
    return loaded


def find(text: str, count: int = 4) -> list[str]:
    """Names of the icons that fit a text best, best first; empty when no word is known."""
    spoken = re.findall(r"[a-z]+", text.lower())
    words = [w for w in dict.fromkeys(spoken) if w not in IDLE and len(w) > 1]
    negated = any(w in NEGATING for w in spoken)
    scored = [(score, name) for name, icon in icons().items() if (score := _fit(words, name, icon, negated)) > 0]
    scored.sort(key=lambda pair: (-pair[0], pair[1]))
    return [name for _, name in scored[:count]]


def _fit(words: list[str], name: str, icon: Icon, negated: bool) -> float:  # noqa: FBT001
    parts = name.split("-")
    rank = {_stem(tag): k for k, tag in reversed(list(enumerate(icon["tags"])))}
    score = 0.0
    for word in words:
        stem = _stem(word)
        if stem in {_stem(p) for p in parts}:
            score += 3.2 if stem == _stem(parts[0]) else 2.2
        if stem in rank:
            # Tags stand in the order of how well they fit.
            score += 2.4 - min(rank[stem], 12) * 0.1
    if not score:
        return 0.0
    off = "off" in parts or parts[-1] == "x"
    return score - 0.25 * len(parts) - (1.4 if off != negated else -0.6 * off)


@lru_cache(maxsize=4096)
def _stem(word: str) -> str:
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    for ending in ("ing", "ed", "s"):
        if word.endswith(ending) and len(word) - len(ending) >= 3 and not word.endswith("ss"):
            return word[: -len(ending)].rstrip("e")
    return word.rstrip("e") if len(word) > 3 else word


@lru_cache(maxsize=256)
def outlines(name: str) -> tuple[Outline, ...]:
    """The icon as polylines of (x, y) in UNITS; raises KeyError for an unknown name."""
    return tuple(line for path in icons()[name]["paths"] for line in flatten(path))


def flatten(path: str) -> list[Outline]:
    """An SVG path string as polylines."""
    pen = _Pen()
    for command, numbers in _commands(path):
        pen.obey(command, numbers)
    return [np.array(line, np.float32) for line in pen.lines if line]


ARGUMENTS = {"M": 2, "L": 2, "H": 1, "V": 1, "C": 6, "S": 4, "Q": 4, "T": 2, "A": 7, "Z": 0}


def _commands(path: str) -> Iterator[tuple[str, list[float]]]:
    """Commands with exactly their numbers; repeated numbers repeat the command, as SVG has it."""
    # Arc flags may be written without spaces ("a2 2 0 012 2"); they are taken apart first.
    for letter, body in re.findall(r"([MmLlHhVvCcSsQqTtAaZz])([^MmLlHhVvCcSsQqTtAaZz]*)", path):
        numbers = _arc_numbers(body) if letter in "aA" else [float(n) for _, n in TOKEN.findall(body) if n]
        step = ARGUMENTS[letter.upper()]
        if step == 0:
            yield letter, []
            continue
        for k in range(0, len(numbers) - step + 1, step):
            follow = {"M": "L", "m": "l"}.get(letter, letter) if k else letter
            yield follow, numbers[k : k + step]


def _arc_numbers(body: str) -> list[float]:
    number = r"\s*,?\s*([-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)"
    flag = r"\s*,?\s*([01])"
    found = re.findall(number * 3 + flag * 2 + number * 2, body)
    return [float(v) for arc in found for v in arc]


class _Pen:
    """Follows path commands and leaves polylines."""

    STEPS = 14

    def __init__(self) -> None:
        self.lines: list[list[tuple[float, float]]] = []
        self.x = self.y = 0.0
        self.control: tuple[float, float] | None = None
        """Last control point, which S and T mirror."""
        self.last = ""

    def obey(self, command: str, n: list[float]) -> None:
        """Carry out one command."""
        kind, relative = command.upper(), command.islower()
        if kind == "Z":
            if self.lines and self.lines[-1]:
                self._to(*self.lines[-1][0])
            self.last = kind
            return
        if kind in "HV":
            value = n[0] + ((self.x if kind == "H" else self.y) if relative else 0)
            self._to(value, self.y) if kind == "H" else self._to(self.x, value)
        elif kind == "A":
            end = (n[5] + self.x, n[6] + self.y) if relative else (n[5], n[6])
            self._arc(n[0], n[1], np.deg2rad(n[2]), (n[3] > 0.5, n[4] > 0.5), end)
        else:
            base = (self.x, self.y) if relative else (0.0, 0.0)
            points = [(n[k] + base[0], n[k + 1] + base[1]) for k in range(0, len(n), 2)]
            self._through(kind, points)
        if kind not in "CSQT":
            self.control = None
        self.last = kind

    def _through(self, kind: str, points: list[tuple[float, float]]) -> None:
        if kind == "M":
            self.x, self.y = points[0]
            self.lines.append([points[0]])
        elif kind == "L":
            self._to(*points[0])
        else:
            if kind in "ST":
                again = (
                    self.control if self.control and self.last in ("CS" if kind == "S" else "QT") else (self.x, self.y)
                )
                points = [(2 * self.x - again[0], 2 * self.y - again[1]), *points]
            self.control = points[-2]
            self._bezier([(self.x, self.y), *points])

    def _to(self, x: float, y: float) -> None:
        self.x, self.y = x, y
        self.lines[-1].append((x, y))

    def _bezier(self, points: list[tuple[float, float]]) -> None:
        for t in np.linspace(0, 1, self.STEPS + 1)[1:]:
            layer = [np.array(p) for p in points]
            while len(layer) > 1:
                layer = [a * (1 - t) + b * t for a, b in pairwise(layer)]
            self._to(float(layer[0][0]), float(layer[0][1]))

    def _arc(self, rx: float, ry: float, turn: float, flags: tuple[bool, bool], end: tuple[float, float]) -> None:
        """An elliptic arc; the way from end points to a centre is that of the SVG specification, B.2.4."""
        large, sweep = flags
        start = np.array([self.x, self.y])
        back = np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]])
        p = back @ ((start - np.array(end)) / 2)
        if rx == 0 or ry == 0 or not p.any():
            self._to(*end)
            return
        r = np.abs([rx, ry]) * max(1.0, float(np.sqrt((p[0] / rx) ** 2 + (p[1] / ry) ** 2)))
        over = float((p[0] * r[1]) ** 2 + (p[1] * r[0]) ** 2)
        reach = np.sqrt(max(0.0, (r[0] * r[1]) ** 2 - over) / over) * (1 if large != sweep else -1)
        middle = reach * np.array([r[0] * p[1] / r[1], -r[1] * p[0] / r[0]])
        centre = back.T @ middle + (start + np.array(end)) / 2
        a0, a1 = (float(np.arctan2(v[1], v[0])) for v in ((p - middle) / r, (-p - middle) / r))
        angle = (a1 - a0) % (2 * np.pi) if sweep else -((a0 - a1) % (2 * np.pi))
        for a in np.linspace(a0, a0 + angle, max(4, int(abs(angle) * 7)))[1:-1]:
            x, y = back.T @ (r * np.array([np.cos(a), np.sin(a)])) + centre
            self._to(float(x), float(y))
        self._to(*end)


def drawn(name: str, size: int, stroke: float = 2.0) -> Float:
    """The icon as a mask 0..1 of size x size pixels; `stroke` is the line's width in UNITS."""
    over = 4 if size < 200 else 2
    sheet = np.zeros((size * over, size * over), np.uint8)
    k = size * over / UNITS
    width = max(1, round(stroke * k))
    for line in outlines(name):
        points = np.round(line * (k * 16)).astype(np.int32)
        cv2.polylines(sheet, [points], False, (255,), width, cv2.LINE_AA, 4)
        # OpenCV's lines end flat; the icons are drawn for round ends and joints.
        for x, y in points:
            cv2.circle(sheet, (int(x), int(y)), round(stroke * k * 8), (255,), -1, cv2.LINE_AA, 4)
    small = cv2.resize(sheet, (size, size), interpolation=cv2.INTER_AREA)
    return np.asarray(small, np.float32) / np.float32(255)
