"""Every kind of step: what does it, and what it may buy."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from core.db.slices import Claim
from core.services import bought, cutting, exports, match, repair, said, scripting, sounding, steps, talking
from core.services.bench import Bought, Recipe


def models_of(claim: Claim) -> list[str]:
    """The approved chain of models for a step: its own first."""
    return list(claim.inputs.get("models", ["auto"]))


def _seconds(inputs: dict[str, Any]) -> Decimal:
    order = inputs["order"]
    return Decimal(order["scene_frames"]) / Decimal(order["fps"])


RECIPES: dict[str, Recipe] = {
    "measure": Recipe(do=steps.measure),
    "learn": Recipe(do=steps.learn),
    "transcribe": Recipe(
        do=bought.no_transcript,
        buys=Bought(
            component="words",
            kind="transcription",
            order=bought.ordered_transcript,
            receive=bought.received_transcript,
        ),
    ),
    "describe": Recipe(
        do=steps.nothing,
        buys=Bought(
            component="analysis",
            kind="language",
            order=scripting.ordered_description,
            receive=scripting.received_description,
        ),
    ),
    "draft": Recipe(
        do=steps.nothing,
        buys=Bought(
            component="script", kind="language", order=scripting.ordered_draft, receive=scripting.received_draft
        ),
    ),
    "mend": Recipe(
        do=scripting.unmended,
        buys=Bought(
            component="script",
            kind="language",
            order=scripting.ordered_mending,
            receive=scripting.received_mending,
            wanted=scripting.needs_mending,
        ),
    ),
    "write": Recipe(
        do=steps.write,
        buys=Bought(component="script", kind="language", wanted=lambda bench: "mend" not in bench.claim.needs),
    ),
    "still": Recipe(
        do=steps.still,
        buys=Bought(component="stills", kind="still", order=bought.ordered_still, receive=bought.received_still),
    ),
    "clip": Recipe(
        do=steps.clip,
        buys=Bought(
            component="clips", kind="video", units=_seconds, order=steps.ordered_clip, receive=steps.received_clip
        ),
    ),
    "voice": Recipe(
        do=steps.voice,
        buys=Bought(
            component="voice",
            kind="speech",
            units=lambda i: Decimal(len(i["text"])),
            order=bought.ordered_line,
            receive=bought.received_line,
        ),
    ),
    "hear": Recipe(
        do=said.laid_over,
        buys=Bought(
            component="words",
            kind="transcription",
            order=said.ordered,
            receive=said.received,
            wanted=lambda bench: "models" in bench.claim.inputs,
        ),
    ),
    "played": Recipe(do=said.played),
    "music": Recipe(
        do=steps.music,
        buys=Bought(component="music", kind="music", order=bought.ordered_music, receive=bought.received_music),
    ),
    "own_music": Recipe(do=sounding.own_music),
    "effect": Recipe(
        do=sounding.effect,
        buys=Bought(
            component="effects", kind="effect", order=sounding.ordered_effect, receive=sounding.received_effect
        ),
    ),
    "mix": Recipe(do=sounding.mix),
    "part": Recipe(do=cutting.part),
    "cut": Recipe(do=cutting.cut),
    "deliver": Recipe(do=steps.deliver),
    "export": Recipe(do=exports.make),
    "match": Recipe(do=match.look),
    "repair": Recipe(do=repair.repaired),
    "reply": Recipe(
        do=steps.reply,
        buys=Bought(
            component="chat",
            kind="language",
            order=talking.ordered,
            receive=talking.received,
            wanted=lambda bench: "models" in bench.claim.inputs,
            tell=talking.tell,
        ),
    ),
    "reply_again": Recipe(
        do=talking.settled,
        buys=Bought(
            component="chat",
            kind="language",
            order=talking.ordered_again,
            receive=talking.received_again,
            wanted=talking.wants_again,
        ),
    ),
}
