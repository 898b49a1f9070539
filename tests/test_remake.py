"""What a changed plan makes again: read from two plans, nothing is rendered."""

from __future__ import annotations

import pytest

from core.domain.apply import apply
from core.domain.edits import ChangeCaptions, ChangeFit, Recolour, Redo, Reorder, RewriteScene, SetTransition
from core.domain.plan import Captions, Plan, Scene
from core.domain.remake import Piece, parts, remake


def plan() -> Plan:
    scenes = [
        Scene(id=f"sc{n:02}", role="feature", visual=f"View {n}", seconds=3, narration=f"Line {n}.", transition=t)
        for n, t in enumerate(("dissolve", "cut", "wipe", "cut"))
    ]
    return Plan(title="T", brief="B", category="general", seed=1, scenes=scenes, captions=Captions(), writer="a test")


def pieces(of: Plan, known: set[str] = frozenset()) -> list[Piece]:
    """A clip and a line for each scene, a mix and a cut, addressed by what they depend on."""
    each = [(kind, s.id, text) for s in of.scenes
            for kind, text in (("clip", f"{s.visual} {s.take}"), ("voice", s.narration))]  # fmt: skip
    steps = [*each, ("mix", None, [s.narration for s in of.scenes]), ("cut", None, of.model_dump_json())]
    return [Piece(kind, f"{kind} {text}", scene, f"{kind} {text}" in known) for kind, scene, text in steps]


def after(*edits):
    old = plan()
    new = old
    for edit in edits:
        new = apply(new, edit)
    known = {piece.key for piece in pieces(old)}
    return remake(new, pieces(new, known), parts(old, pieces(old)), parts(new, pieces(new)))


def test_the_first_time_everything_is_made():
    work = remake(plan(), pieces(plan()), (), parts(plan(), pieces(plan())))
    assert work.first
    assert work.again == ("filmed: all scenes", "spoken: all scenes", "the mix of the sound", "the cut")
    assert (work.parts, work.parts_kept) == (6, 0), "four insides, two transitions"


def test_the_same_plan_makes_nothing():
    work = after()
    assert work.nothing
    assert work.parts_kept == work.parts == 6


@pytest.mark.parametrize(
    ("edit", "again", "kept"),
    [
        (RewriteScene(scene="sc01", visual="Another"), ("filmed: scene 2", "the cut"), 4),
        (RewriteScene(scene="sc03", narration="Said so."),
         ("spoken: scene 4", "the mix of the sound", "the cut"), 4),
        (Redo(scenes=("sc00", "sc03")), ("filmed: scenes 1 and 4", "the cut"), 2),
        (ChangeCaptions(style="box"), ("the cut",), 0),
        (Recolour(warmth=0.3), ("the cut",), 0),
        (SetTransition(scene="sc00", transition="whip"), ("the cut",), 4),
        (ChangeFit(scene="sc03", fit="blur"), ("the cut",), 4),
    ],
)  # fmt: skip
def test_a_change_makes_again_what_depends_on_it_and_says_so(edit, again, kept):
    work = after(edit)
    assert work.again == again
    assert work.parts_kept == kept


def test_scenes_that_change_places_are_not_filmed_again():
    work = after(Reorder(order=("sc01", "sc00", "sc02", "sc03")))
    assert work.again == ("the mix of the sound", "the cut")
    assert "filmed: all scenes" in work.kept
