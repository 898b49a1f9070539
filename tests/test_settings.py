"""Settings, and the files generated from them."""

from __future__ import annotations

import pytest

from core.domain.errors import BadInput
from core.settings import ROOT, Settings, example


def test_every_fault_is_listed_at_once(monkeypatch):
    monkeypatch.setenv("REPRISE_WORKERS", "many")
    monkeypatch.setenv("REPRISE_LOG_LEVEL", "LOUD")
    with pytest.raises(BadInput) as caught:
        Settings.read()
    assert "REPRISE_WORKERS" in caught.value.message
    assert "REPRISE_LOG_LEVEL" in caught.value.message


def test_the_example_is_what_the_settings_say():
    assert (ROOT / ".env.example").read_text("utf8") == example(), "run: make example"
