"""What language models are asked, and how their answers are read. Pure: nothing here calls, pays or saves.

Each kind of question has a module with `order` (what to ask), `read` (what the answer comes to, or its faults) and
`repair` (the one further round): `describing` a sample, `writing` a plan, `directing` a change of it in words.
"""

from __future__ import annotations

from core.services.asking.tokens import bounds, likely

__all__ = ["bounds", "likely"]
