"""The tools that a director has: one for each kind of edit, two to step through the history, and none beside.

No tool spends, approves, deletes, sends or reads anything. Scenes are numbers from 1, files have the names of
core.services.asking.material; core.services.asking.calls turns both into edits and checks what a schema cannot say.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import get_args

from core.domain.orders import Tool
from core.domain.plan import (
    LONGEST,
    MAX_SCENE_SECONDS,
    MAX_SECONDS,
    MAX_TITLE,
    MIN_SCENE_SECONDS,
    MIN_SECONDS,
    MUSIC_BPM,
    MUSIC_GAIN,
    VOICE_GAIN,
    VOICE_RATE,
    Angle,
    Camera,
    CaptionPlace,
    CaptionStyle,
    Corner,
    Fit,
    Motif,
    Role,
    ShotSize,
    Tone,
    Transition,
    TypeStyle,
    Work,
)
from core.domain.time import Aspect, Resolution
from core.services.asking.schemas import Schema, many, maybe, number, one_of, text, thing, truth, whole

SCENE = whole("Number of the scene, from 1.")
SCENE_OR_ALL = maybe(whole("Number of the scene; null: all of them."))
SAME = "null: stays as it is."
UNDO, BRING_BACK = "undo", "bring_back"


def _filmed() -> Mapping[str, Schema]:
    """How a scene is filmed."""
    return {
        "shot_size": one_of(get_args(ShotSize)),
        "camera": one_of(get_args(Camera)),
        "angle": one_of(get_args(Angle)),
    }


def _words() -> Mapping[str, Schema]:
    """What is seen, said and read in a scene."""
    return {
        "visual": text(f"What is seen, complete, at most {LONGEST['visual']} characters."),
        "narration": text(f'The spoken line, at most {LONGEST["narration"]} characters; "": none.'),
        "title": text(f'Words on the picture, at most {LONGEST["title"]} characters; "": none.'),
        "kicker": text(f'Small line or button, at most {LONGEST["kicker"]} characters; "": none.'),
    }


def _lengths() -> tuple[Tool, ...]:
    seconds = f"{MIN_SCENE_SECONDS:g} to {MAX_SCENE_SECONDS:g}."
    return (
        _tool("set_duration", "A scene lasts so many seconds.", scene=SCENE, seconds=number(seconds)),
        _tool(
            "scale_duration",
            "Scenes become so many times as long.",
            scenes=maybe(many(whole(), "Their numbers; null: the whole film.")),
            factor=number("0.75 is a bit shorter, 1.33 a bit longer."),
        ),
        _tool("set_total", "The film lasts so many seconds.", seconds=number(f"{MIN_SECONDS:g} to {MAX_SECONDS:g}.")),
    )


def _scenes() -> tuple[Tool, ...]:
    rewritten = {name: maybe(schema) for name, schema in {**_words(), **_filmed()}.items()}
    return (
        _tool(
            "rewrite_scene",
            f"Changes what is seen, said or read in a scene, or how it is filmed. {SAME}",
            scene=SCENE,
            **rewritten,
            motif=maybe(one_of(get_args(Motif), "What the offline renderer draws.")),
        ),
        _tool("reorder", "Puts the scenes in another order.", order=many(whole(), "The number of every scene, once.")),
        _tool(
            "add_scene",
            "Adds a scene.",
            after=whole("Number of the scene that it comes after; 0: it is the first."),
            role=one_of(get_args(Role)),
            seconds=number("How long it lasts."),
            **_words(),
            **_filmed(),
        ),
        _tool("remove_scene", "Takes a scene out.", scene=SCENE),
        _tool("duplicate_scene", "Puts a copy of a scene behind it.", scene=SCENE),
        _tool("split_scene", "Makes two scenes of one.", scene=SCENE),
        _tool("merge_scenes", "Makes one scene of two neighbours.", first=SCENE, second=SCENE),
        _tool(
            "redo",
            "Films scenes once more as they are: another take. For what a person does not like without saying why.",
            scenes=many(whole(), "Their numbers."),
        ),
    )


def _pictures() -> tuple[Tool, ...]:
    return (
        _tool(
            "change_source",
            "Where the picture of a scene comes from.",
            scene=SCENE,
            source=one_of(
                ("drawn", "image", "key_frame", "performance"),
                "key_frame: a frame of the sample. performance: the film's character plays a recording of the person; "
                "the scene is no longer than that.",
            ),
            image=maybe(text("Name of the file, with image.")),
            seconds=maybe(number("Time in the sample, with key_frame.")),
            performance=maybe(text("Name of the recording, with performance.")),
        ),
        _tool(
            "change_sound",
            "The effect that is heard with a scene.",
            scene=SCENE,
            sound=text(f'In words, at most {LONGEST["sound"]} characters; "": none.'),
        ),
        _tool(
            "change_fit",
            "How takes of another shape fill the frame: cut to it, bars, or blurred edges.",
            scene=SCENE_OR_ALL,
            fit=one_of(get_args(Fit)),
        ),
        _tool(
            "set_transition",
            "How a scene passes into the next.",
            scene=SCENE_OR_ALL,
            transition=one_of(get_args(Transition)),
        ),
    )


def _looks() -> tuple[Tool, ...]:
    step = maybe(number(f"A step on the scale from -1 to 1; 0.25 is clearly seen. {SAME}"))
    return (
        _tool(
            "recolour",
            "Colours of the whole film.",
            warmth=step,
            saturation=step,
            brightness=step,
            contrast=step,
            match=maybe(number(f"How far takes are graded towards the palette, 0 to 1. {SAME}")),
            absolute=truth("true: the numbers are the new values. false: they are steps from now."),
            palette=maybe(many(text("#rrggbb"), f"The main colours, at most 8; []: the sample's. {SAME}")),
        ),
        _tool(
            "restyle",
            f"Type of the words on the picture, and tone of the film. {SAME}",
            style=maybe(one_of(get_args(TypeStyle))),
            tone=maybe(one_of(get_args(Tone))),
        ),
        _tool(
            "change_format",
            f"Shape and size of the film. {SAME}",
            aspect=maybe(one_of(get_args(Aspect))),
            resolution=maybe(one_of(get_args(Resolution))),
        ),
        _tool(
            "change_brand",
            f"What stands over the whole film. {SAME}",
            logo=maybe(text('Name of an image; "": no logo.')),
            corner=maybe(one_of(get_args(Corner))),
            end_card=maybe(text(f'Words on a card at the end, at most {MAX_TITLE} characters; "": no card.')),
            label=maybe(truth("Whether the picture says that it was made with AI.")),
        ),
        _tool(
            "set_character",
            "Who or what looks the same in every scene.",
            image=maybe(text("Name of an image; null: nobody.")),
        ),
        _tool("rename", "The name of the film.", title=text(f"At most {MAX_TITLE} characters.")),
    )


def _sound() -> tuple[Tool, ...]:
    on = maybe(truth(f"Whether it is heard or seen. {SAME}"))
    own = 'Name of a sound of the person\'s that is heard instead; "": no longer.'
    return (
        _tool(
            "change_voice",
            f"The voice. {SAME}",
            enabled=on,
            name=maybe(text("Id of a listed voice.")),
            rate=maybe(number(f"{VOICE_RATE[0]:g} to {VOICE_RATE[1]:g}; 1 is its own pace.")),
            gain_db=maybe(number(f"{VOICE_GAIN[0]:g} to {VOICE_GAIN[1]:g}; 3 is clearly louder.")),
            own=maybe(text(own)),
        ),
        _tool(
            "change_music",
            f"The music. {SAME}",
            enabled=on,
            mood=maybe(one_of(get_args(Tone))),
            bpm=maybe(number(f"{MUSIC_BPM[0]:g} to {MUSIC_BPM[1]:g}.")),
            gain_db=maybe(number(f"{MUSIC_GAIN[0]:g} to {MUSIC_GAIN[1]:g}.")),
            own=maybe(text(own)),
        ),
        _tool(
            "change_captions",
            f"The spoken words on the picture. {SAME}",
            enabled=on,
            style=maybe(one_of(get_args(CaptionStyle))),
            size=maybe(one_of(("s", "m", "l"))),
            place=maybe(one_of(get_args(CaptionPlace))),
            colour=maybe(text('Of the word being said: #rrggbb, or "auto".')),
            burn=maybe(truth("Whether they stand in the picture; false: only in the files beside the film.")),
        ),
    )


def _models() -> tuple[Tool, ...]:
    return (
        _tool(
            "change_model",
            "Which model films a scene.",
            scene=SCENE_OR_ALL,
            model=text('"auto" or the id of a listed video model.'),
        ),
        _tool(
            "change_crew",
            "Which model makes what is not a clip.",
            work=one_of(get_args(Work)),
            model=text('"auto" (this machine) or the id of a listed model for that work.'),
        ),
    )


def _history() -> tuple[Tool, ...]:
    steps = whole("How many, from 1.")
    return (
        _tool(UNDO, "Takes the last changes back. Never together with other tools.", steps=steps),
        _tool(BRING_BACK, "Brings back what was last taken back. Never together with other tools.", steps=steps),
    )


def _tool(name: str, description: str, /, **fields: Schema) -> Tool:
    return Tool(name=name, description=description, parameters=thing(**fields))


TOOLS: tuple[Tool, ...] = (*_lengths(), *_scenes(), *_pictures(), *_looks(), *_sound(), *_models(), *_history())
