"""The offline writer: from a brief and a measured sample to a plan."""

from __future__ import annotations

from core.providers.local.writer.writer import write_plan

__all__ = ["write_plan"]
