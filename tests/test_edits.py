"""Edits of the plan: what they do, where they give way, what they refuse, and how they are told."""

import pytest
from pydantic import TypeAdapter

from core.domain import edits as e
from core.domain.apply import NOTHING, apply, apply_all
from core.domain.describe import describe
from core.domain.errors import ImpossibleEdit
from core.domain.plan import Plan, Scene, Source
from core.domain.reshape import fitted, tidy_cuts

IDS = ("aaaa", "bbbb", "cccc", "dddd")


def film(lengths=(4.0, 4.0, 4.0, 4.0), **changes) -> Plan:
    roles = ("hook", "reveal", "feature", "cta")
    lines = (
        "Late again?",
        "Meet Lumen, a timer for the night.",
        "It blocks noise, and it stays quiet.",
        "Try it tonight.",
    )
    scenes = tuple(
        Scene(id=i, role=r, visual=f"Picture {i}.", seconds=s, narration=n)
        for i, r, s, n in zip(IDS, roles, lengths, lines, strict=True)
    )
    base = Plan(title="Lumen", brief="A timer.", category="tech", seed=5, scenes=scenes, writer="test")
    return base.but(**changes) if changes else base


def test_a_length_is_set():
    after = apply(film(), e.SetDuration(scene="bbbb", seconds=3.0))
    assert after.scenes[1].seconds == 3.0
    assert after.seconds == 15.0


def test_a_scene_gives_way_to_its_line_and_says_so():
    plan = film()
    need = plan.scenes[1].needs_seconds
    after, notes = apply_all(plan, [e.SetDuration(scene="bbbb", seconds=1.5)])
    assert after.scenes[1].seconds == need
    assert notes == (f"Scene 2's line needs {need:g} s, so it was shortened to {need:g} s, not 1.5 s.",)


def test_a_scene_that_is_as_short_as_its_line_refuses_to_be_shorter():
    plan = apply(film(), e.SetDuration(scene="bbbb", seconds=1.5))
    with pytest.raises(ImpossibleEdit, match="line needs"):
        apply(plan, e.SetDuration(scene="bbbb", seconds=1.2))


@pytest.mark.parametrize(("seconds", "length"), [(90.0, 20.0), (0.2, 1.0)])
def test_a_scene_stays_within_its_bounds(seconds, length):
    plan = apply(film(), e.RewriteScene(scene="aaaa", narration=""))
    assert apply(plan, e.SetDuration(scene="aaaa", seconds=seconds)).scenes[0].seconds == length


def test_the_film_stays_within_sixty_seconds():
    after, notes = apply_all(film((19.0, 18.0, 15.0, 4.0)), [e.SetDuration(scene="dddd", seconds=15)])
    assert after.seconds == 60
    assert "at most 60 s" in notes[0]


def test_cuts_move_with_the_length_and_those_too_close_go():
    plan = film().but(scenes=[film().scenes[0].but(cuts=(1.0, 2.0, 3.4)), *film().scenes[1:]])
    assert apply(plan, e.SetDuration(scene="aaaa", seconds=8.0)).scenes[0].cuts == (2.0, 4.0, 6.8)
    assert apply(plan, e.SetDuration(scene="aaaa", seconds=2.0)).scenes[0].cuts == (0.5, 1.0)


def test_cuts_keep_half_a_second_from_each_other_and_the_ends():
    assert tidy_cuts([0.2, 0.9, 1.1, 2.0, 2.8], 3.0) == (0.9, 2.0)


@pytest.mark.parametrize("total", [12.0, 20.0, 31.7, 60.0])
def test_a_total_is_met_to_the_frame_and_no_line_is_cut(total):
    after = apply(film(), e.SetTotal(seconds=total))
    assert after.seconds == pytest.approx(total, abs=0.02)
    assert all(s.seconds >= s.needs_seconds for s in after.scenes)


def test_a_total_shorter_than_the_lines_gives_way():
    after, notes = apply_all(film(), [e.SetTotal(seconds=5)])
    assert after.seconds == pytest.approx(sum(s.needs_seconds for s in film().scenes), abs=0.15)
    assert "The lines need" in notes[0]


@pytest.mark.parametrize(("seconds", "nearest"), [(90, "60 s"), (2, "5 s")])
def test_an_impossible_total_names_the_nearest(seconds, nearest):
    with pytest.raises(ImpossibleEdit) as caught:
        apply(film(), e.SetTotal(seconds=seconds))
    assert nearest in caught.value.remedy


def test_a_new_line_that_is_too_long_lengthens_its_scene():
    line = "This is a much longer line that nobody could ever say within four short seconds of film."
    after, notes = apply_all(film(), [e.RewriteScene(scene="aaaa", narration=line)])
    assert after.scenes[0].seconds == pytest.approx(after.scenes[0].needs_seconds)
    assert "lengthened" in notes[0]


@pytest.mark.parametrize("edit", [
    e.RewriteScene(scene="aaaa", narration="word " * 200), e.RewriteScene(scene="aaaa", title="x" * 81),
    e.RewriteScene(scene="aaaa", visual=" "), e.Rename(title=""), e.AddScene(after="aaaa", about=" "),
    e.Reorder(order=("aaaa", "bbbb")), e.Reorder(order=("aaaa", "aaaa", "bbbb", "cccc")),
    e.SetTransition(scene="dddd", transition="wipe"), e.MergeScenes(first="aaaa", second="cccc"),
    e.SetDuration(scene="9", seconds=3), e.RemoveScene(scene="zzzz"), e.ChangeModel(scene="zzzz", model="auto"),
    e.Redo(scenes=("zzzz",)), e.DuplicateScene(scene="zzzz"), e.SplitScene(scene="zzzz"),
    e.ChangeSource(scene="zzzz", source=Source()), e.AddScene(after="zzzz", about="x"),
])  # fmt: skip
def test_what_cannot_be_done_is_refused_with_a_remedy(edit):
    with pytest.raises(ImpossibleEdit) as caught:
        apply(film(), edit)
    assert caught.value.message and caught.value.remedy


def test_the_only_scene_stays():
    plan = film().but(scenes=[film().scenes[0].but(seconds=6.0)])
    with pytest.raises(ImpossibleEdit, match="only this scene"):
        apply(plan, e.RemoveScene(scene="aaaa"))


def test_what_is_left_after_a_removal_is_lengthened_to_five_seconds():
    plan = film().but(scenes=[film().scenes[0].but(seconds=2.5), film().scenes[3].but(seconds=3.0)])
    after, notes = apply_all(plan, [e.RemoveScene(scene="dddd")])
    assert after.seconds == 5.0
    assert "at least 5 s" in notes[0]


def test_twelve_scenes_are_the_most():
    plan = film((2.0, 4.0, 4.0, 4.0))
    for _ in range(8):
        plan = apply(plan, e.DuplicateScene(scene="aaaa"))
    assert len({s.id for s in plan.scenes}) == 12
    with pytest.raises(ImpossibleEdit, match="12 scenes"):
        apply(plan, e.AddScene(about="one more"))


def test_a_full_film_makes_room_for_one_more_scene():
    after, notes = apply_all(film((15.0, 15.0, 15.0, 15.0)), [e.AddScene(after="cccc", about="the price")])
    assert after.seconds == pytest.approx(60, abs=0.02)
    assert after.scenes[3].visual == "the price"
    assert notes


def test_new_ids_are_the_same_each_time():
    edit = e.AddScene(after=None, about="the price")
    assert apply(film(), edit) == apply(film(), edit)
    assert apply(film(), edit).scenes[0].visual == "the price"


def test_a_scene_is_split_at_its_middle_cut_and_its_line_divided():
    plan = film().but(scenes=[*film().scenes[:2], film().scenes[2].but(cuts=(1.8,)), film().scenes[3]])
    first, second = apply(plan, e.SplitScene(scene="cccc")).scenes[2:4]
    assert (first.id, first.narration, second.narration) == ("cccc", "It blocks noise,", "And it stays quiet.")
    assert first.seconds == 1.8
    assert all(s.seconds >= s.needs_seconds for s in (first, second))


def test_two_neighbours_become_one_with_a_cut_between():
    merged = apply(film(), e.MergeScenes(first="cccc", second="bbbb")).scenes[1]
    assert merged.seconds == 8.0
    assert merged.cuts == (4.0,)
    assert merged.narration.startswith("Meet Lumen") and merged.narration.endswith("quiet.")


def test_colour_moves_by_steps_and_stops_at_its_ends():
    plan = film()
    for _ in range(5):
        plan, notes = apply_all(plan, [e.Recolour(warmth=0.3)])
    assert plan.grade.warmth == 1.0
    assert notes == ("The warmth is at its most now.",)
    assert apply(plan, e.Recolour(warmth=0.2, absolute=True)).grade.warmth == 0.2


def test_voice_music_and_captions_are_changed_and_brought_back():
    plan = apply(film(), e.ChangeVoice(enabled=False))
    after, notes = apply_all(plan, [e.ChangeVoice(rate=9)])
    assert after.voice.enabled and after.voice.rate == 1.3
    assert len(notes) == 2
    assert apply(film(), e.ChangeMusic(bpm=300)).music.bpm == 180
    assert apply(film(), e.ChangeCaptions(colour="#ffffff")).captions.colour == "#ffffff"
    assert apply(film(), e.ChangeCaptions(colour="auto")).captions.colour is None


def test_a_redo_takes_the_next_picture_of_the_motif_and_changes_nothing_else():
    after = apply(film(), e.Redo(scenes=("aaaa", "cccc", "aaaa")))
    assert [s.take for s in after.scenes] == [1, 0, 2, 0], "two scenes of one motif never share a take"
    assert [s.but(take=0) for s in after.scenes] == list(film().scenes)


def test_the_impossible_is_left_out_and_noted_while_the_rest_is_done():
    after, notes = apply_all(film(), [e.RemoveScene(scene="9"), e.ChangeCaptions(enabled=False)])
    assert not after.captions.enabled
    assert "no scene 9" in notes[0]


def test_what_is_already_so_is_said():
    assert apply_all(film(), [e.ChangeFormat(aspect="9:16")]).notes == (NOTHING,)


def test_every_kind_of_edit_passes_through_json():
    adapter = TypeAdapter(e.PlanEdit)
    edit = e.AddScene(after="aaaa", about="x", scene=film().scenes[0])
    assert adapter.validate_json(adapter.dump_json(edit)) == edit
    assert adapter.validate_python({"kind": "redo", "scenes": ["aaaa"]}) == e.Redo(scenes=("aaaa",))


def test_no_number_that_is_none_is_taken():
    for bad in (float("nan"), float("inf"), -1.0, 0.0):
        with pytest.raises(ValueError):
            e.SetDuration(scene="aaaa", seconds=bad)


DESCRIBED = [
    (e.SetDuration(scene="bbbb", seconds=3.0), "Scene 2: 4.0 s → 3.0 s"),
    (e.ChangeCaptions(enabled=False), "Captions off"),
    (e.Reorder(order=("dddd", "bbbb", "cccc", "aaaa")), "Scenes 1 and 4 change places"),
    (e.Reorder(order=("dddd", "aaaa", "bbbb", "cccc")), "Scene 4 moves to the start"),
    (e.Reorder(order=("bbbb", "cccc", "aaaa", "dddd")), "Scene 1 moves behind scene 3"),
    (e.RemoveScene(scene="cccc"), "Scene 3 removed"),
    (e.RewriteScene(scene="aaaa", title="Late"), "Scene 1: title is now “Late”"),
    (e.RewriteScene(scene="aaaa", narration=""), "Scene 1: no line"),
    (e.ChangeModel(model="x"), "All scenes: model auto → x"),
    (e.Redo(scenes=("aaaa", "bbbb")), "Scenes 1 and 2: a new take"),
    (e.Recolour(warmth=0.25), "Warmth: +0% → +25%"),
    (e.ChangeVoice(name="clara"), "Voice: Mara → Clara"),
    (e.ChangeMusic(bpm=120), "Music tempo: 100 → 120"),
    (e.ChangeFormat(aspect="1:1"), "Shape: 9:16 → 1:1"),
    (e.AddScene(after="aaaa", about="the price"), "New scene 2: “the price”, 3 s"),
]


@pytest.mark.parametrize(("edit", "said"), DESCRIBED, ids=[s for _, s in DESCRIBED])
def test_a_difference_is_told_in_plain_words(edit, said):
    assert said in describe(film(), apply(film(), edit))


def test_no_difference_is_told_by_nothing():
    assert describe(film(), film()) == ()


@pytest.mark.parametrize("total", [t / 2 for t in range(20, 121, 7)])
def test_fitting_never_drifts(total):
    scenes = fitted(film().scenes, total)
    assert sum(s.seconds for s in scenes) == pytest.approx(total, abs=0.02)
