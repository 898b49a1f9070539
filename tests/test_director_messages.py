"""A hundred messages that the offline director's rules were not written after one by one."""

import pytest

from core.domain.apply import apply_all
from core.domain.errors import ImpossibleEdit
from core.providers.local.director import reply
from tests.director_messages import MESSAGES
from tests.test_director import ask, film, short


def answered(message: str) -> str:
    """What is said back, as the chat says it."""
    got = ask(message)
    try:
        after = apply_all(film(), got.edits)
    except ImpossibleEdit as problem:
        return problem.sentence
    return reply(got, film(), after.plan, after.notes)


def is_as(message: str, wanted: list[str]) -> bool:
    """Whether the message comes to what is wanted, in that order and nothing beside it."""
    got = ask(message)
    if wanted[0].startswith("!"):
        try:
            changes = apply_all(film(), got.edits).plan != film() if got.edits else False
        except ImpossibleEdit:
            changes = False
        said = wanted[0].removeprefix("!").removeprefix("?")
        return (not changes or bool(said)) and said.lower() in answered(message).lower()
    if wanted[0].startswith("?"):
        return not got.edits and not got.not_understood and wanted[0][1:] in got.answer
    made = [short(edit) for edit in got.edits]
    if got.not_understood or len(made) != len(wanted):
        return False
    return all(all(part in one for part in want.split(" ", 2)) for one, want in zip(made, wanted, strict=True))


@pytest.mark.parametrize(("message", "wanted"), MESSAGES, ids=[m for m, _ in MESSAGES])
def test_a_message_comes_to_what_it_asks_for(message, wanted):
    assert is_as(message, wanted), ([short(e) for e in ask(message).edits], answered(message))


def test_there_are_a_hundred_of_them():
    assert len(MESSAGES) >= 100
