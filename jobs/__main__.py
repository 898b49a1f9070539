"""The command line: the same services and steps as the pages, without a browser.

Exit status: 0 done, 1 unfinished, 2 bad input. Progress goes to standard error.
"""

from __future__ import annotations

import argparse
import json
import signal
import sys
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from core import facts
from core.domain.catalogue import ModelCard
from core.domain.errors import BadInput, MoneyError, RepriseError
from core.domain.exports import EXPORT_SIZES
from core.services import checkup, credit, drift, installation, library, retention, vendors
from core.services import studio as studios
from core.settings import Settings
from jobs import batching, exporting, making
from jobs.logs import set_up_logging

QUIET = ("make", "batch", "export", "analyse", "match", "credentials")
"""Commands whose output is read by people and programs: only warnings are logged."""


def parser() -> argparse.ArgumentParser:
    """Every command and its options."""
    top = argparse.ArgumentParser(prog="python -m jobs", description="Reprise without a browser.")
    commands = top.add_subparsers(dest="command", required=True)
    _add_make(commands)
    batch = commands.add_parser("batch", help="make a film of each row of a table, by a template")
    batch.add_argument(
        "rows", type=Path, metavar="ROWS.csv", help="a column for each blank; a column title names films"
    )
    batch.add_argument("--template", required=True, metavar="NAME", help="its name in the app, or its id")
    batch.add_argument("--max-usd", default=None, help="refuse when the films together would cost more")
    batch.add_argument("--dry-run", action="store_true", help="only check every row and say what they would cost")
    batch.add_argument("--json", action="store_true", help="the last line of standard output is JSON")
    export = commands.add_parser("export", help="write a finished film as MP4, MOV or WebM, in another size")
    export.add_argument("out", type=Path, help="where it is written; the ending names the format")
    export.add_argument("--size", default="720p", choices=EXPORT_SIZES, help="pixels of the shorter side")
    export.add_argument("--project", help="of the film; the newest film when left out")
    export.add_argument("--json", action="store_true", help="the last line of standard output is JSON")
    analyse = commands.add_parser("analyse", help="print what is measured of a sample, as JSON")
    analyse.add_argument("sample", type=Path)
    match = commands.add_parser("match", help="print how near a film is to a sample, and what of it is in it, as JSON")
    match.add_argument("film", type=Path)
    match.add_argument("sample", type=Path)
    said = commands.add_parser("credentials", help="print what the Content Credentials of a film say, as JSON")
    said.add_argument("film", type=Path)
    said.add_argument("--beside", type=Path, help="their file (.c2pa), for one that cannot carry them inside")
    commands.add_parser("worker", help="do steps until stopped")
    sweep = commands.add_parser("sweep", help="remove files that nobody needs")
    sweep.add_argument("--dry-run", action="store_true", help="only say what would go")
    commands.add_parser("doctor", help="what is configured, what is missing, what is about to retire")
    commands.add_parser("migrate", help="bring the database to its newest form")
    return top


def _add_make(commands: Any) -> None:
    """The command that makes a film."""
    make = commands.add_parser("make", help="make a film from a sample and a brief, from a story, or from a listing")
    make.add_argument("sample", type=Path, nargs="?", help="a video of up to 60 s; without it, from the words alone")
    make.add_argument("--brief", default="", help="what the film is about and who it is for; the prompt of a story")
    make.add_argument("--story", action="store_true", help="the brief is told as a story of 15 to 60 s")
    make.add_argument("--niche", default="", help="of the story: “sleep science”, “budget travel”")
    make.add_argument("--scenes", type=int, help="how many; as many as suit the length when left out")
    make.add_argument(
        "--listing",
        type=Path,
        metavar="FILE",
        help="a product as JSON with title, description, price, category, music; its photos with --image",
    )
    make.add_argument(
        "--out", required=True, type=Path, help="where the film is written (.mp4); its captions beside it"
    )
    make.add_argument("--seconds", type=float, help="5 to 60; as long as the sample when left out")
    make.add_argument("--aspect", default="9:16", choices=["9:16", "16:9", "1:1"])
    make.add_argument("--resolution", default="720p", choices=["720p", "1080p"])
    make.add_argument(
        "--category", default="", help=f"one of: {', '.join(facts.categories())}; else what the words are about"
    )
    make.add_argument("--image", type=Path, action="append", default=[], help="your own picture; may be repeated")
    make.add_argument("--character", type=Path, help="a picture of who is to look the same in every scene")
    make.add_argument(
        "--performance",
        action="append",
        default=[],
        metavar="SCENE=VIDEO",
        help="a recording of 3 to 30 s that the character plays in the scene of that number; may be repeated",
    )
    make.add_argument("--voice-over", type=Path, help="your own recording, heard instead of the spoken lines")
    make.add_argument("--music", type=Path, help="your own music, or a piece of the library by its name")
    make.add_argument("--use-frames", action="store_true", help="the sample is yours: its key frames may be used")
    make.add_argument("--model", default="auto", help="the model that films the scenes")
    make.add_argument(
        "--crew",
        action="append",
        default=[],
        metavar="WORK=MODEL",
        help="the model of other work: language=…, still=…, speech=…, transcription=…, music=…, effect=…",
    )
    make.add_argument(
        "--fallback", action="append", default=[], help="a model that films scenes whose own model fails for good"
    )
    make.add_argument("--max-usd", default=None, help="refuse when the film would cost more")
    make.add_argument("--seed", type=int, help="same inputs and seed, same film")
    make.add_argument("--json", action="store_true", help="the last line of standard output is JSON")


def main(arguments: list[str] | None = None) -> int:
    """Runs a command; answers the exit status."""
    asked = parser().parse_args(arguments)
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # asked to end, it ends like after a Ctrl-C
    try:
        settings = Settings.read()
        set_up_logging("WARNING" if asked.command in QUIET else settings.log_level)
        return run(asked, settings)
    except (BadInput, MoneyError) as error:
        print(error.sentence, file=sys.stderr)
        return 2
    except RepriseError as error:
        print(error.sentence, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("Stopped. What was finished is kept.", file=sys.stderr)
        return 1


def run(asked: argparse.Namespace, settings: Settings) -> int:
    """One command on an open studio."""
    studio = studios.open_studio(settings)
    if asked.command == "make":
        film = making.make(studio, _wishes(asked))
        if asked.json:
            print(json.dumps(film))
    elif asked.command == "batch":
        most = _dollars(asked.max_usd)
        made = batching.run(studio, asked.rows, asked.template, max_usd=most, dry_run=asked.dry_run)
        if asked.json:
            print(json.dumps(made))
    elif asked.command == "export":
        written = exporting.export(studio, asked.out, asked.size, asked.project)
        if asked.json:
            print(json.dumps(written))
    elif asked.command == "analyse":
        print(json.dumps(making.analyse(studio, asked.sample), indent=2))
    elif asked.command == "match":
        print(json.dumps(making.match(studio, asked.film, asked.sample), indent=2))
    elif asked.command == "credentials":
        print(json.dumps(making.credentials(asked.film, asked.beside), indent=2))
    elif asked.command == "worker":
        making.work_until_stopped(studio)
    elif asked.command == "sweep":
        swept = retention.sweep(studio, dry_run=asked.dry_run)
        print(f"{'Would remove' if asked.dry_run else 'Removed'} {swept.files} files, {swept.megabytes:.1f} MB.")
    elif asked.command == "doctor":
        return doctor(studio)
    return 0


def doctor(studio: studios.Studio) -> int:
    """Prints what is configured, and whether work and money are as they should be; 1 when they are not."""
    studio.db.ping()
    studio.storage.ping()
    print(f"database   ok ({studio.db.engine.dialect.name})")
    print(f"storage    ok ({studio.settings.storage or 'this machine'}), {studio.storage.free_mb() / 1000:.1f} GB free")
    print(f"queue      {'a broker' if studio.settings.broker_url else 'this process'}")
    print(f"signature  {installation.signer(studio)}")
    found = checkup.findings(studio)
    print("books      " + ("ok: every balance is the sum of its ledger" if not found else found[0]))
    for finding in found[1:]:
        print(f"           {finding}")
    left = credit.ask(studio)
    for vendor in vendors.status(studio):
        print(" ".join([f"{vendor.name:<10} {vendor.state}.", *filter(None, (vendor.trouble, vendor.note))]))
        if vendor.name in left.vendors:
            print(f"           {left.vendors[vendor.name]}")
        for card in vendor.models:
            print(f"           {card.id:<37} {card.kind:<13} {card.rule}{_end(card)}{card.does and f'; {card.does}'}")
    for warning in [*vendors.warnings(studio), *drift.newest(studio)]:
        print(f"soon       {warning}")
    return 1 if found else 0


def _end(card: ModelCard) -> str:
    return f", ends {card.ends}" if card.ends else ""


def _dollars(said: str | None) -> Decimal | None:
    """The most that may be spent. BadInput for what is no amount."""
    try:
        most = Decimal(said) if said is not None else None
    except InvalidOperation:
        raise BadInput(f"“{said}” is not an amount of dollars.", "Write it like 2.50.") from None
    if most is not None and not (most.is_finite() and most >= 0):
        raise BadInput(f"“{said}” is not an amount of dollars.", "Write it like 2.50.")
    return most


def _wishes(asked: argparse.Namespace) -> making.Wishes:
    most = _dollars(asked.max_usd)
    if asked.niche and not asked.story:
        raise BadInput("Only a story has a niche.", "Add --story, or leave the niche out.")
    if asked.story and asked.listing:
        raise BadInput("A film is a story or a listing.", "Leave one of --story and --listing out.")
    listing = listing_file(asked.listing) if asked.listing else {"niche": asked.niche} if asked.niche else {}
    return making.Wishes(
        sample=asked.sample,
        way="story" if asked.story else "listing" if asked.listing else "remake",
        scenes=asked.scenes,
        listing=listing,
        brief=asked.brief,
        out=asked.out,
        seconds=asked.seconds,
        aspect=asked.aspect,
        resolution=asked.resolution,
        category=asked.category,
        images=tuple(asked.image),
        character=asked.character,
        performances=tuple(_performance(said) for said in asked.performance),
        may_use_frames=asked.use_frames,
        model=asked.model,
        crew=tuple(asked.crew),
        fallback=tuple(asked.fallback),
        max_usd=most,
        seed=asked.seed,
        voice_over=asked.voice_over,
        music=_music(asked.music),
    )


def _performance(said: str) -> tuple[int, Path]:
    """`2=me.mp4`: the number of a scene, and the recording that is played in it."""
    number, equals, path = said.partition("=")
    if not (number.isdecimal() and int(number) and equals and path):
        raise BadInput(f"“{said[:60]}” is no scene and recording.", "Write it like --performance 2=me.mp4.")
    return int(number), Path(path)


def _music(named: Path | None) -> Path | None:
    """A file of that name, else the piece of the library that is called so."""
    piece = library.called(str(named)) if named and not named.exists() else None
    return piece.file if piece else named


def listing_file(path: Path) -> dict[str, str]:
    """The fields of a listing. BadInput when the file is none."""
    try:
        found = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise BadInput(f"{path} cannot be read as a listing.", 'Write {"title": "…", "description": "…"}.') from error
    if not isinstance(found, dict) or not all(isinstance(said, str | int | float) for said in found.values()):
        raise BadInput(f"{path} is no listing.", 'Write {"title": "…", "description": "…", "price": "…"}.')
    return {str(name): str(said) for name, said in found.items()}


if __name__ == "__main__":
    raise SystemExit(main())
