"""A finished film in other containers and sizes: made on request, kept, signed like the film."""

from __future__ import annotations

from core.db import jobs
from core.db import projects as rows
from core.db.tables import Asset
from core.db.work import NewStep
from core.domain.errors import BadInput, NotFound
from core.domain.exports import EXPORTS, Export
from core.domain.time import FPS, FrameSize
from core.domain.views import ExportView
from core.domain.work import LIVE_JOBS
from core.services import provenance, recipes
from core.services.bench import Bench, Made
from core.services.intake import add_asset, asset_view
from core.services.studio import Studio

MIMES = {"mp4": "video/mp4", "mov": "video/quicktime", "webm": "video/webm"}
SECONDS_PER_FRAME = {"mp4": 0.03, "mov": 0.03, "webm": 0.04}
"""That a frame of 720×1280 takes to be encoded on two cores."""
NEWEST = 40
"""Jobs under way that are looked through for exports."""


def exports(studio: Studio, owner: str, project_id: str) -> tuple[ExportView, ...]:
    """The nine exports of the project's newest film as they stand; none without a film."""
    film = _film(studio, owner, project_id)
    if film is None:
        return ()
    steps = {export: _steps(film, export)[-1] for export in EXPORTS if not export.is_film(_size(film))}
    made = jobs.outputs(studio.db, project_id, [step.key for step in steps.values()])
    wanted = [o.result[name] for o in made.values() for name in ("asset", "sidecar") if o.result.get(name)]
    assets = rows.assets_by_id(studio.db, owner, wanted)
    under_way = _under_way(studio, owner, project_id)
    views = []
    for export in EXPORTS:
        step = steps.get(export)
        result = made[step.key].result if step and step.key in made else {}
        asset = assets.get(result.get("asset", "")) if step else film
        sidecar = assets.get(result.get("sidecar") or "")
        views.append(
            ExportView(
                export=export,
                size=export.pixels(_size(film)),
                enlarged=export.is_enlarged(_size(film)),
                file=asset_view(asset) if asset else None,
                credentials=asset_view(sidecar) if sidecar else None,
                fraction=None if asset or not step else under_way.get(step.key),
                problem="" if asset or not step else _problem(studio, owner, project_id, step.key),
            )
        )
    return tuple(views)


def start(studio: Studio, owner: str, project_id: str, export: Export) -> str | None:
    """Has an export made; answers its job, None when it is there already or being made. NotFound without a film."""
    film = _film(studio, owner, project_id)
    if film is None:
        raise NotFound("There is no finished film yet.", "Have the film made first.")
    if export not in EXPORTS:
        raise BadInput("There is no such export.", "Choose MP4, MOV or WebM at 480p, 720p or 1080p.")
    if export.is_film(_size(film)):
        return None
    project = rows.get_project(studio.db, owner, project_id)
    steps = _steps(film, export)
    known = jobs.outputs(studio.db, project_id, [steps[-1].key])
    if any(all(studio.storage.has(blob) for blob in output.blobs) for output in known.values()):
        return None
    if steps[-1].key in _under_way(studio, owner, project_id):
        return None
    return recipes.record(studio, project, "export", steps, replaces=False)


def make(bench: Bench) -> Made:
    """An export: encoded, or copied from one of the same pictures, and signed."""
    inputs = bench.claim.inputs
    film = bench.local(inputs["film"])
    same = list(bench.needed().values())
    source = bench.local(same[0]["blob"]) if same else film
    container, width, height = inputs["container"], inputs["width"], inputs["height"]
    coded, signed = (bench.scratch / f"{name}.{container}" for name in ("coded", "signed"))
    frames = round(inputs["seconds"] * FPS)
    made = bench.apart(
        "core.media.exporting:export",
        {"film": source, "out": str(coded), "container": container, "width": width, "height": height},
        seconds=420 + 2.5 * frames * FrameSize(width, height).times_720p,
        share=0.95,
    )
    signature = bench.apart(
        "core.media.credentials:sign_copy",
        {
            "path": str(coded), "out": str(signed), "film": film, "title": inputs["title"],
            "mime": MIMES[container], "certificates": provenance.certificates(bench.studio),
        },
        seconds=120,
    )  # fmt: skip
    name = f"{inputs['name']} {min(width, height)}p.{container}"
    blob = bench.put(signed)
    asset = _given(bench, "export", blob, name, width=width, height=height, seconds=made["seconds"])
    kept = {}
    if signature["sidecar"]:
        kept = {"sidecar_blob": bench.put(signed.with_name(f"{signed.name}.c2pa"))}
        kept["sidecar"] = _given(bench, "credentials", kept["sidecar_blob"], f"{name}.c2pa").id
    result = {"asset": asset.id, "blob": blob, "verified": signature["verified"], **kept}
    return Made(result=result, blobs=[blob, *([kept["sidecar_blob"]] if kept else [])])


def _given(bench: Bench, kind: str, blob: str, name: str, **facts: float) -> Asset:
    """A file of the project."""
    claim = bench.claim
    place = bench.place(kind)
    return add_asset(
        bench.studio, claim.owner, claim.project_id, kind, made_by=place, blob=blob, name=name,
        width=int(facts["width"]) if "width" in facts else None,
        height=int(facts["height"]) if "height" in facts else None, seconds=facts.get("seconds"),
        facts={"film": claim.inputs["film"]},
    )  # fmt: skip


def _steps(film: Asset, export: Export) -> list[NewStep]:
    """What makes an export: MOV takes the pictures of the MP4 of its size, which is made first."""
    first = Export("mp4", export.size)
    if export.container != "mov" or first.is_film(_size(film)):
        return [_step(film, export)]
    return [_step(film, first), _step(film, export, same=True)]


def _step(film: Asset, export: Export, *, same: bool = False) -> NewStep:
    size = export.pixels(_size(film))
    name = film.name.rpartition(".")[0]
    inputs = {
        "film": film.blob, "container": export.container, "width": size.width, "height": size.height,
        "title": name, "name": name, "seconds": film.seconds or 0,
    }  # fmt: skip
    frames = (film.seconds or 0) * FPS
    copied = same or (export.container == "mov" and export.short_side == min(_size(film)))
    coding = 0.002 if copied else SECONDS_PER_FRAME[export.container]
    return NewStep(
        name=f"{export.container} {export.size}",
        kind="export",
        label=f"{export.container.upper()} {export.size}",
        key=recipes.key_of("export", inputs),
        inputs=inputs,
        weight=1 + frames * coding * size.times_720p,
        needs=(f"mp4 {export.size}",) if same else (),
    )


def _film(studio: Studio, owner: str, project_id: str) -> Asset | None:
    rows.get_project(studio.db, owner, project_id)
    made = rows.assets(studio.db, owner, project_id, "film")
    return made[-1] if made else None


def _size(film: Asset) -> FrameSize:
    return FrameSize(film.width or 720, film.height or 1280)


def _under_way(studio: Studio, owner: str, project_id: str) -> dict[str, float]:
    """How far the steps of the project's exports are, by key."""
    found = jobs.queue(studio.db, owner, NEWEST)
    live = [steps for job, _, steps in found if job.project_id == project_id and job.kind == "export"]
    return {step.key: step.fraction for steps in live for step in steps}


def _problem(studio: Studio, owner: str, project_id: str, key: str) -> str:
    """Why the newest try of an export failed."""
    found = jobs.newest_job(studio.db, owner, project_id, "export")
    if found is None or found[0].state in LIVE_JOBS or all(step.key != key for step in found[1]):
        return ""
    return found[0].problem
