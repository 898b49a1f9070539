"""The offline director: understands messages, answers them and suggests changes."""

from __future__ import annotations

from core.providers.local.director.parser import understand
from core.providers.local.director.reply import reply, suggestions
from core.providers.local.director.understood import PRICE, Understood, VoiceRow, scenes_of

__all__ = ["PRICE", "Understood", "VoiceRow", "reply", "scenes_of", "suggestions", "understand"]
