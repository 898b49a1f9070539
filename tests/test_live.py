"""Real keys, for real money: `pytest -m live` with the keys in the environment. Off by default, capped at MOST.

Each vendor that has a key makes the cheapest thing that it makes here, once. What all of them may cost together is
quoted before the first is asked, and is refused above the cap.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from core.domain.orders import LanguageOrder, SoundOrder, SpeechOrder, StillOrder, Turn
from core.domain.tasks import ClipOrder, TaskState
from core.services import credit
from core.services.studio import Studio, open_studio
from core.settings import Settings

pytestmark = pytest.mark.live

MOST = Decimal("0.75")
"""US dollars for all of it."""
PATIENCE = 600.0
"""Seconds for one task."""


def _question(name: str) -> LanguageOrder:
    return LanguageOrder(
        model=name, instructions="Answer in one word.", turns=(Turn(role="user", text="Which colour is the sky?"),),
        most_tokens=500,
    )  # fmt: skip


def _still(name: str) -> StillOrder:
    return StillOrder(model=name, prompt="A paper boat on a blue table", width=720, height=1280, seed=7)


def _clip(name: str) -> ClipOrder:
    prompt = "A paper boat drifts on a pond, slow push in"
    return ClipOrder(model=name, prompt=prompt, seconds=2, width=720, height=1280, seed=7)


ORDERS: dict[str, Any] = {
    "groq/openai/gpt-oss-20b": _question,
    "openai/gpt-6-luna": _question,
    "replicate/black-forest-labs/flux-schnell": _still,
    "runway/gen4_image_turbo": _still,
    "runway/gen4.5": _clip,
    "elevenlabs/eleven_flash_v2_5": lambda name: SpeechOrder(model=name, text="Hello.", voice="21m00Tcm4TlvDq8ikWAM"),
    "elevenlabs/eleven_text_to_sound_v2": lambda name: SoundOrder(
        model=name, what="effect", prompt="A single soft click", seconds=0.5
    ),
}


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Studio]:
    studio = open_studio(Settings(data_dir=tmp_path_factory.mktemp("live")))
    together = sum((_quote(studio, model) for model in ORDERS if _vendor(studio, model)), Decimal(0))
    assert together <= MOST, f"together they may cost ${together}, and the cap is ${MOST}"
    yield studio
    studio.db.close()


def _vendor(studio: Studio, model: str) -> Any:
    card = next(card for card in studio.cards if card.id == model)
    return studio.vendors.get(card.vendor) if card.kind == "video" else studio.makers.get((card.kind, card.vendor))


def _quote(studio: Studio, model: str) -> Decimal:
    card = next(card for card in studio.cards if card.id == model)
    assert card.price is not None
    return _vendor(studio, model).quote(ORDERS[model](card.name), card.price)


@pytest.mark.parametrize("model", ORDERS)
def test_a_real_key_makes_the_cheapest_thing(real: Studio, model: str, tmp_path: Path):
    vendor = _vendor(real, model)
    if vendor is None:
        pytest.skip("no key in the environment")
    order = ORDERS[model](model.partition("/")[2])
    quoted, task = _quote(real, model), vendor.submit(order, secrets.token_hex(16), lambda: None)
    until = time.monotonic() + PATIENCE
    while (status := vendor.poll(task)).state == TaskState.RUNNING:
        assert time.monotonic() < until, "it takes too long"
        time.sleep(status.poll_after)
    assert status.state == TaskState.SUCCEEDED, status.problem
    assert status.cost is None or status.cost <= quoted
    if isinstance(order, LanguageOrder):
        assert "blue" in vendor.product(task, tmp_path).text.lower()
    else:
        assert vendor.fetch(task, tmp_path).stat().st_size > 1000


def test_real_accounts_tell_what_is_left(real: Studio):
    for vendor, said in credit.ask(real).vendors.items():
        assert said.endswith("left."), f"{vendor}: {said}"
