"""Where the subject of a photograph is, and its outline when it stands out clearly."""

from __future__ import annotations

from typing import NamedTuple

import cv2
import numpy as np

from core.providers.local.film.paint import Float, blur

WORK = 320
"""Longer side of the copy that is searched; outlines are softened afterwards anyway."""
LEAST, MOST = 0.04, 0.62
"""Share of the picture a subject may cover; beyond these the search has found something else."""


class Cutout(NamedTuple):
    """A subject's soft mask, as large as the picture."""

    mask: Float


def _small(rgb: Float) -> tuple[Float, float]:
    h, w = rgb.shape[:2]
    k = min(1.0, WORK / max(h, w))
    size = (max(8, round(w * k)), max(8, round(h * k)))
    return np.asarray(cv2.resize(rgb, size, interpolation=cv2.INTER_AREA), np.float32), k


def saliency(rgb: Float) -> Float:
    """How much each pixel stands out, 0..1: unusual colours and detail, more so towards the middle."""
    lab = cv2.cvtColor(np.clip(rgb, 0, 1), cv2.COLOR_RGB2LAB)
    h, w = lab.shape[:2]
    fine = cv2.GaussianBlur(lab, (0, 0), max(1.0, 0.012 * max(h, w)))
    border = np.concatenate(
        [
            fine[: max(1, h // 16)].reshape(-1, 3),
            fine[:, : max(1, w // 16)].reshape(-1, 3),
            fine[:, -max(1, w // 16) :].reshape(-1, 3),
        ]
    )
    spread = border.std(axis=0) + 6
    odd = np.sqrt((((fine - border.mean(axis=0)) / spread) ** 2).sum(axis=2))
    grey = lab[..., 0]
    detail = blur(np.abs(cv2.Laplacian(grey, cv2.CV_32F)), 0.03 * max(h, w))
    score = odd / max(float(odd.max()), 1e-3) + 0.8 * detail / max(float(detail.max()), 1e-3)
    x, y = np.linspace(-1, 1, w, dtype=np.float32)[None, :], np.linspace(-1, 1, h, dtype=np.float32)[:, None]
    score = (score + 0.9 * blur(skin(rgb), 0.02 * max(h, w))) * np.exp(-0.9 * (x**2 + (y + 0.05) ** 2))
    return np.asarray(score / max(float(score.max()), 1e-3), np.float32)


def skin(rgb: Float) -> Float:
    """1 where a colour may be that of skin, of any shade; people are what pictures are mostly about."""
    tones = cv2.cvtColor((np.clip(rgb, 0, 1) * 255).astype(np.uint8), cv2.COLOR_RGB2YCrCb).astype(np.float32)
    red, blue = tones[..., 1], tones[..., 2]
    likely = np.exp(-(((red - 150) / 10) ** 2) - ((blue - 110) / 11) ** 2) * (tones[..., 0] > 40)
    # Walls and sand have these colours too, but then all over: only what is rare counts.
    return np.asarray(likely * np.clip(1.4 - 3.5 * float(likely.mean()), 0, 1), np.float32)


def subject_centre(rgb: Float) -> tuple[float, float]:
    """The point a crop should be made around, as shares of width and height."""
    small, _ = _small(rgb)
    weight = saliency(small) ** 2
    h, w = weight.shape
    total = float(weight.sum()) + 1e-6
    x = float((weight.sum(axis=0) * np.arange(w)).sum()) / total / w
    y = float((weight.sum(axis=1) * np.arange(h)).sum()) / total / h
    return x, y


def held(rgb: Float, across: float, down: float) -> float:
    """How much of what stands out lies in a window of these shares of width and height, about the subject."""
    small, _ = _small(rgb)
    weight = saliency(small) ** 2
    h, w = weight.shape
    x, y = subject_centre(rgb)
    left = int(np.clip(x * w - across * w / 2, 0, w * (1 - across)))
    top = int(np.clip(y * h - down * h / 2, 0, h * (1 - down)))
    inside = weight[top : top + max(1, round(down * h)), left : left + max(1, round(across * w))]
    return float(inside.sum()) / max(float(weight.sum()), 1e-6)


def cut_out(rgb: Float) -> Cutout | None:
    """The subject's mask, or None where nothing stands out well enough to be moved apart."""
    small, _ = _small(rgb)
    score = saliency(small)
    h, w = score.shape
    guess = np.full((h, w), cv2.GC_PR_BGD, np.uint8)
    guess[score > np.quantile(score, 0.72)] = cv2.GC_PR_FGD
    guess[score > np.quantile(score, 0.93)] = cv2.GC_FGD
    guess[:2], guess[:, :2], guess[:, -2:] = cv2.GC_BGD, cv2.GC_BGD, cv2.GC_BGD
    if not (guess == cv2.GC_FGD).any():
        return None
    cv2.setRNGSeed(1)
    bgr = (np.clip(small[..., ::-1], 0, 1) * 255).astype(np.uint8)
    try:
        cv2.grabCut(bgr, guess, (0, 0, 1, 1), np.zeros((1, 65)), np.zeros((1, 65)), 4, cv2.GC_INIT_WITH_MASK)
    except cv2.error:  # one-coloured pictures leave it without a model of one side
        return None
    mask = ((guess == cv2.GC_FGD) | (guess == cv2.GC_PR_FGD)).astype(np.uint8)
    mask = np.asarray(cv2.morphologyEx(mask, cv2.MORPH_CLOSE, np.ones((7, 7), np.uint8)), np.uint8)
    count, labels, stats, _ = cv2.connectedComponentsWithStats(mask)
    if count < 2:
        return None
    mask = (labels == 1 + int(np.argmax(stats[1:, cv2.CC_STAT_AREA]))).astype(np.uint8)
    if not LEAST < float(mask.mean()) < MOST:
        return None
    full = cv2.resize(mask.astype(np.float32), (rgb.shape[1], rgb.shape[0]), interpolation=cv2.INTER_LINEAR)
    return Cutout(np.asarray(full, np.float32))
