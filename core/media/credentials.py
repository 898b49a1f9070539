"""Content Credentials (C2PA): says inside the film how it came to be, by what, and signs it.

Nothing here touches the network, but for the time stamp of an authority that the settings name.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import c2pa

from core.domain.errors import Broken, DiskFull
from core.domain.provenance import Edited, Story
from core.media.certificates import REMEDY, SIGNER, Certificate, certificate

KINDS = "http://cv.iptc.org/newscodes/digitalsourcetype/"
"""The IPTC's words for how a picture came to be."""
SAMPLE = "sha256:"
"""What the sample's name begins with; the rest is its hash."""
SCENES, REVISION = "app.reprise.scenes", "app.reprise.revision"
UNTRUSTED = "signingCredential.untrusted"
"""What a reader without a list of authorities says of every certificate, and of ours rightly."""
EMBEDDED = frozenset({"video/mp4", "video/quicktime"})
"""What carries credentials inside."""
PARENT = "film"
"""What an export calls the film it was made from."""
BEGINS = frozenset({"c2pa.created", "c2pa.opened"})
"""Actions that something begins with; they change nothing."""
MIMES = {".mov": "video/quicktime", ".webm": "video/webm"}
OFFLINE = {"verify": {"verify_trust": False, "ocsp_fetch": False, "remote_manifest_fetch": False}}


def sign(
    *,
    path: str,
    out: str,
    story: dict[str, Any],
    certificates: dict[str, str],
    report: Callable[[float], None],
) -> dict[str, Any]:
    """Writes the film at `path` to `out` with signed credentials inside; both may be the same file.

    `story` is a provenance.Story as JSON; of the sample no byte is kept. `certificates` has "folder", and may have
    "chain", "key" and "timestamps". Returns what `read` finds in it; Broken when it cannot be signed.
    """
    claims, signs = Story.model_validate(story), _certificate(certificates)
    report(0.1)
    beside = Path(out).with_name(f".{os.getpid()}.{Path(out).name}")
    beside.parent.mkdir(parents=True, exist_ok=True)
    try:
        with _written(signs), _signer(signs, certificates) as signer, c2pa.Builder(manifest(claims)) as builder:
            builder.sign_file(path, str(beside), signer)
        report(0.7)
        found = read(str(beside))
        if found is None:
            raise Broken("The Content Credentials are not in the film that was signed.", "Press Retry.")
        beside.replace(out)
    finally:
        beside.unlink(missing_ok=True)
    report(1.0)
    return found


def sign_copy(
    *,
    path: str,
    out: str,
    film: str,
    title: str,
    mime: str,
    certificates: dict[str, str],
    report: Callable[[float], None],
) -> dict[str, Any]:
    """Writes `path`, an export of the signed `film`, to `out` with credentials that lead back to the film's.

    The film's own manifest goes along as its parent, so whatever that says is said of the export too. What
    cannot carry credentials inside (WebM) gets them beside it, in `out` + ".c2pa". Returns {"verified",
    "sidecar": path or None}; raises `Broken` when it cannot be signed.
    """
    embeds, beside = mime in EMBEDDED, Path(f"{out}.c2pa")
    signs = _certificate(certificates)
    with (
        _written(signs),
        _signer(signs, certificates) as signer,
        c2pa.Builder(_copy_manifest(title, mime, film)) as builder,
    ):
        parent = {"title": title, "relationship": "parentOf", "label": PARENT, "instance_id": PARENT}
        with Path(film).open("rb") as file:
            builder.add_ingredient(json.dumps(parent), "video/mp4", file)
        if not embeds:
            builder.set_no_embed()
        report(0.2)
        with Path(path).open("rb") as source, Path(out).open("w+b") as target:
            store = builder.sign(signer, mime, source, target)
        if not embeds:
            shutil.copyfile(path, out)  # the very bytes that were signed
            beside.write_bytes(store)
        report(0.8)
        with Path(out).open("rb") as file, c2pa.Context.from_dict(OFFLINE) as context:
            found = json.loads(c2pa.Reader(mime, file, None if embeds else store, context=context).json())
    report(1.0)
    return {
        "verified": not _problems(found) and len(found["manifests"]) > 1,
        "sidecar": None if embeds else str(beside),
    }


def read(path: str, beside: str | None = None) -> dict[str, Any] | None:
    """The credentials of a file, or of one that has them `beside` it; None when it has none.

    {"title", "signer", "development", "verified", "problems", "kind", "scenes", "edits", "revision", "sample_sha256",
    "parents"}; `verified` says that nothing was changed since it was signed, whoever signed it. Of an export, scenes,
    edits and sample are those of the film it was made from.
    """
    try:
        with c2pa.Context.from_dict(OFFLINE) as context, Path(path).open("rb") as file:
            store = Path(beside).read_bytes() if beside else None
            found = json.loads(c2pa.Reader(_mime(path), file, store, context=context).json())
    except c2pa.C2paError as error:
        if "ManifestNotFound" in type(error).__name__ + str(error) or "no JUMBF data" in str(error):
            return None
        raise Broken("The Content Credentials could not be read.") from error
    active = found["manifests"][found["active_manifest"]]
    line = [active, *_parents(found, active)]
    first, problems = line[-1], _problems(found)
    created = next((action for action in _actions(first) if action["action"] == "c2pa.created"), {})
    parameters = created.get("parameters", {})
    samples = [ingredient.get("instance_id", "") for ingredient in first.get("ingredients", [])]
    signer = active.get("signature_info", {}).get("common_name")
    return {
        "title": active.get("title"),
        "signer": signer,
        "development": signer == SIGNER,
        "verified": not problems,
        "problems": problems,
        "kind": created.get("digitalSourceType", "").removeprefix(KINDS),
        "scenes": parameters.get(SCENES, []),
        "edits": [_edit(action) for one in line[::-1] for action in _actions(one) if action["action"] not in BEGINS],
        "revision": parameters.get(REVISION),
        "sample_sha256": next((name.removeprefix(SAMPLE) for name in samples if name.startswith(SAMPLE)), None),
        "parents": len(line) - 1,
    }


def manifest(story: Story) -> dict[str, Any]:
    """What is claimed of a film, as C2PA's builder takes it."""
    created: dict[str, Any] = {
        "action": "c2pa.created",
        "digitalSourceType": KINDS + story.kind,
        "softwareAgent": {"name": "Reprise"},
        "parameters": {
            SCENES: [
                {
                    "scene": number, "vendor": scene.by.vendor, "model": scene.by.model, "from": scene.source,
                    "start": scene.start, "end": scene.end,
                }
                for number, scene in enumerate(story.scenes, 1)
            ],
            REVISION: story.revision,
        },
    }  # fmt: skip
    claim = _claim(story.title, "video/mp4", [created, *(_action(edit) for edit in story.edits)])
    if story.sample_sha256:
        title = "Sample (frames of it are in the film)" if story.shows_sample else "Sample (analysed, not shown)"
        sample = {"title": title, "relationship": "inputTo", "label": "sample", "format": "application/octet-stream"}
        claim["ingredients"] = [{**sample, "instance_id": SAMPLE + story.sample_sha256}]
        created["parameters"]["ingredientIds"] = ["sample"]
    return claim


def _copy_manifest(title: str, mime: str, film: str) -> dict[str, Any]:
    """What is claimed of an export: that it is that film, coded otherwise."""
    found = read(film)
    coded: dict[str, Any] = {"action": "c2pa.transcoded", "softwareAgent": {"name": "Reprise"}}
    if found and found["kind"]:
        coded["digitalSourceType"] = KINDS + found["kind"]
    opened = {"action": "c2pa.opened", "parameters": {"ingredientIds": [PARENT]}}
    return _claim(title, mime, [opened, coded])


def _claim(title: str, mime: str, actions: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "claim_generator_info": [{"name": "Reprise"}],
        "title": title,
        "format": mime,
        "assertions": [{"label": "c2pa.actions.v2", "data": {"actions": actions}, "created": True}],
    }


def _action(edit: Edited) -> dict[str, Any]:
    """Something that was done, in C2PA's words."""
    action: dict[str, Any] = {"action": edit.act, "description": edit.says, "softwareAgent": {"name": "Reprise"}}
    if edit.by is None:
        return action
    made = {"vendor": edit.by.vendor, "model": edit.by.model}
    return {**action, "softwareAgent": {"name": edit.by.model}, "digitalSourceType": KINDS + edit.by.kind,
            "parameters": {"app.reprise.by": made}}  # fmt: skip


def _edit(action: dict[str, Any]) -> dict[str, Any]:
    """An action as it is told to a person."""
    by = action.get("parameters", {}).get("app.reprise.by")
    return {"act": action["action"], "says": action.get("description", ""), **({"by": by} if by else {})}


def _actions(one: dict[str, Any]) -> list[dict[str, Any]]:
    """The actions of a manifest."""
    found = (a for a in one.get("assertions", []) if a["label"].startswith("c2pa.actions"))
    return [action for assertion in found for action in assertion["data"]["actions"]]


def _parents(store: dict[str, Any], active: dict[str, Any]) -> list[dict[str, Any]]:
    """The manifests that this one was made from, the nearest first."""
    line: list[dict[str, Any]] = []
    while len(line) < len(store["manifests"]):
        above = (i for i in active.get("ingredients", []) if i.get("relationship") == "parentOf")
        label = next((i["active_manifest"] for i in above if "active_manifest" in i), None)
        if label is None:
            break
        active = store["manifests"][label]
        line.append(active)
    return line


def _problems(store: dict[str, Any]) -> list[str]:
    """What a reader holds against credentials, in C2PA's codes.

    Of what the film was made from too: what of that was changed since, and what was wrong with it already when it
    was signed over. An export says by its parent alone which model filmed what.
    """
    results = store.get("validation_results", {})
    held = [
        results.get("activeManifest", {}),
        *(one["validationDeltas"] for one in results.get("ingredientDeltas", [])),
    ]
    for one in store["manifests"].values():
        above = (i for i in one.get("ingredients", []) if i.get("relationship") == "parentOf")
        held += [i.get("validation_results", {}).get("activeManifest", {}) for i in above]
    return sorted({failure["code"] for result in held for failure in result.get("failure", [])} - {UNTRUSTED})


def _mime(path: str) -> str:
    return MIMES.get(Path(path).suffix.lower(), "video/mp4")


def _certificate(certificates: dict[str, str]) -> Certificate:
    return certificate(Path(certificates["folder"]), certificates.get("chain", ""), certificates.get("key", ""))


@contextmanager
def _signer(signs: Certificate, certificates: dict[str, str]) -> Iterator[c2pa.Signer]:
    """Signs with that certificate."""
    stamps = certificates.get("timestamps", "").encode() or None
    with c2pa.Signer.from_info(c2pa.C2paSignerInfo(signs.algorithm, signs.chain, signs.key, stamps)) as signer:
        yield signer


@contextmanager
def _written(signs: Certificate) -> Iterator[None]:
    """Says in plain words what stands against writing credentials."""
    try:
        yield
    except c2pa.C2paError as error:
        if "No space left" in str(error):
            raise DiskFull("The disk is full.") from error
        if not signs.is_development:
            reason = " ".join(str(error).split())[:200]
            raise Broken(f"The certificate “{signs.name}” could not sign: {reason}", REMEDY) from error
        raise Broken("The Content Credentials could not be written.", "Press Retry.") from error
