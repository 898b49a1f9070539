"""What a film is made from, as a form: the brief of a remake, the prompt of a story, the fields of a listing."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import streamlit as st

from core.domain.plan import MAX_BRIEF, MAX_SCENES, MAX_SECONDS, MIN_SECONDS
from core.domain.views import ProjectView
from core.domain.ways import FEWEST_SCENES, LONGEST, MUSIC, NO_MUSIC, OWN_SECONDS, USUAL_SECONDS
from core.services import planning, projects
from pages.ui.shell import action, studio
from pages.ui.text import count, duration, plain
from pages.ui.who import author

NAMES = {"remake": "Your brief", "story": "Your story", "listing": "Your listing"}
ICONS = {"remake": "description", "story": "auto_stories", "listing": "sell"}
MOODS = {"": "What suits it", NO_MUSIC: "No music"}
FIELDS = {"title": "Title", "description": "Description", "price": "Price", "category": "Category"}
LENGTHS = {"remake": "seconds", "story": "story_seconds", "listing": "offer_seconds"}
"""Ends of the keys of the length: what was left open for one way is not for another."""
SUITS = 0
"""Number of scenes that stands for: as many as suit it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What was filled in, as `projects.create` and `projects.change_wishes` take it."""

    brief: str = ""
    seconds: float | None = None
    scenes: int | None = None
    listing: dict[str, str] = field(default_factory=dict)


def fields(way: str, key: str, now: ProjectView | None = None) -> Asked:
    """The fields of that way, inside a form; `key` begins their keys, `now` fills them."""
    draw = {"story": _story, "listing": _listing}.get(way, _remake)
    return draw(key, now)


def _remake(key: str, now: ProjectView | None) -> Asked:
    brief = st.text_area(
        "Brief",
        now.brief if now else "",
        placeholder="What is it about, for whom, which facts must be said, how should it end?",
        help="Facts and figures are taken only from here; nothing is made up.",
        max_chars=MAX_BRIEF,
        height=150,
        key=f"{key}_brief",
    )
    seconds = _length(st, "remake", key, now, "As long as the sample")
    return Asked(brief=brief, seconds=seconds, scenes=now.scenes if now else None)


def _story(key: str, now: ProjectView | None) -> Asked:
    brief = st.text_area(
        "Story",
        now.brief if now else "",
        placeholder="A lighthouse keeper finds a letter in a bottle. She answers it. A year later a boat arrives.",
        help="A few sentences are told in their order. One word or an idea will do: then the lines keep to it.",
        max_chars=MAX_BRIEF,
        height=130,
        key=f"{key}_story",
    )
    niche = st.text_input(
        "Niche (optional)",
        now.listing.get("niche", "") if now else "",
        placeholder="Sleep science, budget travel, small mysteries",
        max_chars=LONGEST["niche"],
        key=f"{key}_niche",
    )
    left, right = st.columns(2)
    scenes = _count(left, key, now)
    seconds = _length(right, "story", key, now, "30")
    return Asked(brief=brief, seconds=seconds, scenes=scenes, listing={"niche": niche})


def _listing(key: str, now: ProjectView | None) -> Asked:
    has = now.listing if now else {}
    title = st.text_input(
        "Title of the product", has.get("title", ""), placeholder="Lumen – desk lamp with sunset mode",
        max_chars=LONGEST["title"], key=f"{key}_offer_title",
    )  # fmt: skip
    description = st.text_area(
        "Description",
        has.get("description", ""),
        placeholder="Dims with the sun, so your eyes get tired later.\nSolid brass, 40 cm high.\n2-year warranty.",
        help="Every claim of the film points to one of these lines, or is flagged.",
        max_chars=LONGEST["description"],
        height=150,
        key=f"{key}_offer_description",
    )
    left, right = st.columns(2)
    price = left.text_input(
        "Price (optional)", has.get("price", ""), placeholder="€89", max_chars=LONGEST["price"], key=f"{key}_price"
    )
    category = right.text_input(
        "Category (optional)", has.get("category", ""), placeholder="Lamps", max_chars=LONGEST["category"],
        key=f"{key}_offer_category",
    )  # fmt: skip
    left, middle, right = st.columns(3)
    music = left.selectbox(
        "Music", MUSIC, index=MUSIC.index(has.get("music", "")),
        format_func=lambda mood: MOODS.get(mood, mood.capitalize()), key=f"{key}_music",
    )  # fmt: skip
    scenes = _count(middle, key, now)
    seconds = _length(right, "listing", key, now, "20")
    told = {"title": title, "description": description, "price": price, "category": category, "music": music}
    return Asked(seconds=seconds, scenes=scenes, listing=told)


def _length(place: Any, way: str, key: str, now: ProjectView | None, usual: str) -> float | None:
    least, most = OWN_SECONDS if way != "remake" else (MIN_SECONDS, MAX_SECONDS)
    seconds: float | None = place.number_input(
        f"Length in seconds, {least:g} to {most:g}",
        value=now.seconds if now else USUAL_SECONDS[way],  # type: ignore[index]
        min_value=least,
        max_value=most,
        step=1.0,
        format="%g",
        placeholder=usual,
        key=f"{key}_{LENGTHS[way]}",
    )
    return seconds


def _count(place: Any, key: str, now: ProjectView | None) -> int | None:
    options = [SUITS, *range(FEWEST_SCENES, MAX_SCENES + 1)]
    at = options.index(now.scenes) if now and now.scenes in options else 0
    chosen: int = place.selectbox(
        "Scenes", options, index=at, format_func=lambda n: str(n) if n else "As many as suit it", key=f"{key}_scenes"
    )
    return chosen or None


def panel(view: ProjectView, *, has_plan: bool, is_open: bool = False) -> None:
    """What the film is made from, and the form that changes it."""
    with st.expander(NAMES[view.way], icon=f":material/{ICONS[view.way]}:", expanded=is_open, key=f"wishes_{view.id}"):
        _shown(view)
        with st.popover("Change it", icon=":material/edit:", key=f"wish_change_{view.id}", width="content"):
            _change(view, has_plan=has_plan)


def _change(view: ProjectView, *, has_plan: bool) -> None:
    with st.form(f"wish_form_{view.id}", border=False, enter_to_submit=False):
        fields(view.way, "wish", view)
        if has_plan:
            st.caption("The plan keeps its words until it is written anew; that is a revision like any other.")
        with st.container(horizontal=True):
            st.form_submit_button(
                "Save", icon=":material/check:", key="wish_save", on_click=_save, args=(view,), kwargs={"anew": False}
            )
            if has_plan:
                st.form_submit_button(
                    "Save and write the plan anew", icon=":material/edit_note:", key="wish_anew", on_click=_save,
                    args=(view,), kwargs={"anew": True},
                )  # fmt: skip


def _shown(view: ProjectView) -> None:
    """The wishes, to be read."""
    if view.way == "listing":
        for name, label in FIELDS.items():
            if said := view.listing.get(name):
                st.markdown(f":gray[{label}]  \n{plain(said)}")
        mood = view.listing.get("music", "")
        if mood:
            st.markdown(f":gray[Music]  \n{MOODS.get(mood, mood.capitalize())}")
    else:
        st.markdown(plain(view.brief))
    facts = [plain(view.listing["niche"])] if view.listing.get("niche") else []
    facts += [count(view.scenes, "scene")] if view.scenes else []
    facts += [duration(view.seconds)] if view.seconds else []
    if facts:
        st.caption(" · ".join(facts))


@action
def _save(view: ProjectView, *, anew: bool) -> None:
    asked = _filled(view)
    projects.change_wishes(
        *studio(), view.id, brief=asked.brief, seconds=asked.seconds, scenes=asked.scenes, listing=asked.listing
    )
    if anew:
        planning.write_anew(*studio(), view.id, author=author())
        st.toast("The plan is being written anew.", icon=":material/edit_note:")
    else:
        st.toast("Saved. It counts when the plan is written.", icon=":material/check:")


def _filled(view: ProjectView) -> Asked:
    """What stands in the form that was just sent."""

    def of(name: str) -> Any:
        return st.session_state.get(f"wish_{name}")

    scenes = view.scenes if view.way == "remake" else of("scenes") or None
    seconds = of(LENGTHS[view.way])
    if view.way == "listing":
        names = {"title": "offer_title", "description": "offer_description", "price": "price"}
        names |= {"category": "offer_category", "music": "music"}
        told = {name: of(key) or "" for name, key in names.items()}
        return Asked(seconds=seconds, scenes=scenes, listing=told)
    if view.way == "story":
        return Asked(brief=of("story"), seconds=seconds, scenes=scenes, listing={"niche": of("niche") or ""})
    return Asked(brief=of("brief"), seconds=seconds, scenes=scenes)
