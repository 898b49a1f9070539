"""A Replicate on loopback, strict by its published schema and by each model's own: counts what it takes."""

from __future__ import annotations

import base64
import hashlib
import subprocess
import tempfile
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

import imageio_ffmpeg
from jsonschema import Draft202012Validator

from tests.loopback import Answer, Call, Loopback, Refusal
from tests.schemas import faults

TOKEN = "r8_0123456789abcdef0123456789abcdef01234"
SECRET = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="
PINNED = {"zsxkib/mmaudio": "62871fb59889b2d7c13777f08deb3b36bdff88f7e1d53a50ad7694548a41b484"}
URI = {"type": "string", "format": "uri"}
SEED = {"type": "integer", "nullable": True}
PROBLEMS = {400: "Bad request", 401: "Unauthenticated", 402: "Insufficient credit", 404: "Not found", 409: "Conflict"}


def _openapi(required: list[str], properties: dict[str, Any], **choices: dict[str, Any]) -> dict[str, Any]:
    """As Cog writes it: the choices of an input stand apart."""
    form = {"type": "object", "title": "Input", "properties": properties}
    if required:
        form["required"] = required
    return {"openapi": "3.0.2", "components": {"schemas": {"Input": form, "Output": URI, **choices}}}


def version(model: str, age: str = "newest") -> str:
    """A version of a model; the newest of those that the catalogue names is the one that it names."""
    if age == "newest" and model in PINNED:
        return PINNED[model]
    return hashlib.sha256(f"{model} {age}".encode()).hexdigest()


def _choice(name: str, default: Any) -> dict[str, Any]:
    return {"allOf": [{"$ref": f"#/components/schemas/{name}"}], "default": default}


MODELS: dict[str, tuple[bool, dict[str, Any]]] = {
    "black-forest-labs/flux-schnell": (
        True,
        _openapi(
            ["prompt"],
            {
                "prompt": {"type": "string"}, "aspect_ratio": _choice("aspect_ratio", "1:1"), "seed": SEED,
                "num_outputs": {"type": "integer", "default": 1, "minimum": 1, "maximum": 4},
                "output_format": _choice("output_format", "webp"),
            },
            aspect_ratio={"type": "string", "enum": ["1:1", "16:9", "9:16", "4:5", "5:4", "21:9"]},
            output_format={"type": "string", "enum": ["webp", "jpg", "png"]},
        ),
    ),
    "zsxkib/mmaudio": (
        False,
        _openapi(
            [],
            {
                "video": URI, "prompt": {"type": "string", "default": ""},
                "negative_prompt": {"type": "string", "default": "music"},
                "duration": {"type": "number", "default": 8, "minimum": 1},
                "num_steps": {"type": "integer", "default": 25},
            },
        ),
    ),
    "studio/turbo": (
        False,
        _openapi(
            ["prompt", "start_image"],
            {
                "prompt": {"type": "string", "maxLength": 200}, "start_image": URI, "duration": _choice("duration", 5),
                "resolution": _choice("resolution", "720p"), "aspect_ratio": _choice("aspect_ratio", "16:9"),
                "seed": {"type": "integer", "maximum": 1000}, "generate_audio": {"type": "boolean", "default": True},
            },
            duration={"type": "integer", "enum": [5, 10]},
            resolution={"type": "string", "enum": ["480p", "720p", "1080p"]},
            aspect_ratio={"type": "string", "enum": ["auto", "16:9", "9:16", "1:1"]},
        ),
    ),
    "wan/t2v": (
        False,
        _openapi(
            ["prompt"],
            {
                "prompt": {"type": "string"}, "size": _choice("size", "832*480"), "seed": SEED,
                "num_frames": {"type": "integer", "default": 81, "minimum": 81, "maximum": 121},
                "frames_per_second": {"type": "integer", "default": 16, "minimum": 5, "maximum": 24},
            },
            size={"type": "string", "enum": ["832*480", "480*832", "1280*720", "720*1280"]},
        ),
    ),
    "lab/score": (
        False,
        _openapi(
            ["prompt"],
            {"prompt": {"type": "string"}, "duration": {"type": "integer", "default": 8, "maximum": 190}, "seed": SEED},
        ),
    ),
    "lab/free": (
        False,
        _openapi(
            ["prompt"],
            {
                "prompt": {"type": "string"}, "seconds": {"type": "integer", "default": 4, "minimum": 2, "maximum": 8},
                "width": {"type": "integer", "maximum": 960}, "height": {"type": "integer", "maximum": 960},
            },
        ),
    ),
    "lab/fixed": (False, _openapi(["prompt"], {"prompt": {"type": "string"}})),
    "lab/begun": (False, _openapi(["prompt", "image"], {
        "prompt": {"type": "string"}, "image": URI, "seconds": {"type": "integer", "minimum": 2, "maximum": 8}})),
    "lab/odd": (False, _openapi(["prompt", "lora"], {
        "prompt": {"type": "string"}, "lora": {"type": "string"}, "seconds": {"type": "integer"}})),
    "lab/silent": (False, {}),
}  # fmt: skip
"""By name: whether it is official, and the schema of its input."""
KINDS = {"black-forest-labs/flux-schnell": "png", "zsxkib/mmaudio": "heard.mp4", "lab/score": "mp3"}
"""What models make, as `film` calls it; the others make clips."""
MEDIA = {"mp4": "video/mp4", "png": "image/png", "mp3": "audio/mpeg"}


@dataclass
class Prediction:
    """Something that the vendor has taken."""

    id: str
    model: str
    version: str
    input: dict[str, Any]
    created: datetime
    started: float
    forced: str = ""
    """A status that it stays in; empty: by the time that has passed."""
    error: str | None = None
    logs: str = ""
    removed: bool = False
    source: str = "api"
    webhook: tuple[str | None, list[str] | None] = (None, None)


@cache
def film(kind: str) -> bytes:
    """A real clip, picture or sound; `heard.mp4` is a clip with its sound."""
    clip = ["-i", "testsrc2=size=64x64:rate=24:duration=1"]
    coding = ["-c:v", "libx264", "-pix_fmt", "yuv420p"]
    shapes = {
        "mp4": [*clip, *coding],
        "heard.mp4": [*clip, "-f", "lavfi", "-i", "anoisesrc=duration=1:amplitude=0.3", *coding],
        "png": ["-i", "testsrc2=size=64x64", "-frames:v", "1"],
        "mp3": ["-i", "sine=frequency=330:duration=8"],
    }
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / f"made.{kind}"
        command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-nostdin", "-f", "lavfi", *shapes[kind], str(out)]
        subprocess.run(command, check=True, capture_output=True)
        return out.read_bytes()


def _problem(status: int, detail: str, headers: dict[str, str] | None = None, **more: Any) -> Any:
    title = PROBLEMS.get(status, "Error")
    return status, {"title": title, "detail": detail, "status": status, **more}, headers or {}


@dataclass
class FakeReplicate(Loopback):
    """Models, predictions, files and the webhook secret."""

    making: float = 0.0
    predictions: dict[str, Prediction] = field(default_factory=dict)
    files: dict[str, bytes] = field(default_factory=dict)
    page: int = 100
    """Rows on a page of the list."""
    untold: bool = False
    """It has no schema of any model."""
    shape: str = "text"
    """Of an output: text, list, object or data."""
    now: datetime = field(default_factory=lambda: datetime.now(UTC))

    refusals = {  # noqa: RUF012
        "unauthorised": _problem(401, f"You did not pass a valid authentication token: {TOKEN}"),
        "forbidden": _problem(403, "Not yours."),
        "no_credit": _problem(402, "You have insufficient credit to run this model."),
        "invalid": _problem(422, "- input.prompt: too odd"),
        "moderated": _problem(422, "The input was flagged as sensitive. (E005)"),
        "gone_version": _problem(404, "The requested resource could not be found."),
        "rate_limit": _problem(429, "Request was throttled.", {"Retry-After": "7"}),
        "rate_limit_words": _problem(429, "Request was throttled. Your rate limit resets in ~12s."),
        "rate_limit_field": _problem(429, "Request was throttled.", retry_after=9),
        "late": _problem(408, "Too late."),
        "conflict": _problem(409, "Conflict."),
        "moved": (307, b"", {"Location": "/v1/elsewhere"}),
        "error_before": (503, b"<html>Unavailable</html>"),
    }

    def __post_init__(self) -> None:
        self.chance = Random(7)

    @property
    def submits(self) -> int:
        """Predictions that were taken: each is paid."""
        return len(self.predictions)

    def kind(self, call: Call) -> str:
        match call.method, *call.path.strip("/").split("/"):
            case ("POST", "v1", "predictions") | ("POST", "v1", "models", _, _, "predictions"):
                return "create"
            case ("GET", "v1", "predictions"):
                return "list"
            case ("GET", "v1", "predictions", _):
                return "task"
            case ("POST", "v1", "predictions", _, "cancel"):
                return "cancel"
            case ("GET", "v1", "models", *_):
                return "model"
            case ("POST", "v1", "files"):
                return "upload"
            case ("GET", "delivered", _):
                return "delivery"
            case ("GET", "v1", "webhooks", "default", "secret"):
                return "secret"
        return "unknown"

    def answer(self, call: Call, kind: str, fault: str) -> Answer:
        steps = call.path.strip("/").split("/")
        if kind == "delivery":
            return self._delivery(call, steps[1], fault)
        if call.headers.get("authorization") != f"Bearer {TOKEN}":
            raise Refusal(*self.refusals["unauthorised"])
        match kind:
            case "create":
                return self._create(call, steps, fault)
            case "list":
                return self._list(call)
            case "task":
                told = self.told(self._known(steps[2]))
                return Answer(told | ({"status": "dreaming"} if fault == "strange" else {}))
            case "cancel":
                prediction = self._known(steps[2])
                prediction.forced = "canceled"
                return Answer(self.told(prediction))
            case "model":
                return self._model(steps)
            case "upload":
                return self._upload(call)
            case "secret":
                return Answer({"key": SECRET})
        raise Refusal(*_problem(404, "Not found."))

    def _known(self, name: str) -> Prediction:
        if name not in self.predictions:
            raise Refusal(*_problem(404, "The requested resource could not be found."))
        return self.predictions[name]

    def _create(self, call: Call, steps: list[str], fault: str) -> Answer:
        if call.headers.get("content-type") != "application/json":
            raise Refusal(*_problem(422, "JSON only."))
        body = call.json
        through_model = steps[1] == "models"
        schema = "schemas_prediction_request" if through_model else "schemas_version_prediction_request"
        wrong = faults("replicate", schema, body)
        if not wrong:
            model, bought = self._ordered(steps, body)
            wrong = _wrong_input(MODELS[model][1], body["input"], set(self.files), self.base_url)
        if wrong:
            raise Refusal(*_problem(422, "; ".join(wrong)))
        prediction = self.take(model, bought, body["input"])
        prediction.webhook = (body.get("webhook"), body.get("webhook_events_filter"))
        told = self.told(prediction)
        if fault == "no_id":
            del told["id"]
        elif fault == "bad_id":
            told["id"] = "../account"
        elif fault == "aborted":
            prediction.forced = told["status"] = "aborted"
        return Answer(told, 201)

    def _ordered(self, steps: list[str], body: dict[str, Any]) -> tuple[str, str]:
        """Model and version of an order."""
        if steps[1] == "models":
            model = "/".join(steps[2:4])
            if not MODELS.get(model, (False,))[0]:
                raise Refusal(*_problem(404, "The requested resource could not be found."))
            return model, "hidden"
        wanted = body["version"].rpartition(":")[2]
        for model, (official, _) in MODELS.items():
            if not official and wanted in (version(model), version(model, "older")):
                return model, wanted
        raise Refusal(*_problem(422, "Invalid version or not permitted"))

    def take(self, model: str, bought: str, given: dict[str, Any]) -> Prediction:
        """A new prediction."""
        with self.lock:
            name = "".join(self.chance.choices("abcdefghijkmnpqrstvwxyz0123456789", k=26))
            self.now += timedelta(milliseconds=10)
            self.predictions[name] = Prediction(name, model, bought, given, self.now, time.monotonic())
            return self.predictions[name]

    def status(self, prediction: Prediction) -> str:
        passed = time.monotonic() - prediction.started
        if prediction.forced:
            return prediction.forced
        if passed < self.making:
            return "starting" if passed < self.making / 4 else "processing"
        return "failed" if prediction.error else "succeeded"

    def told(self, prediction: Prediction) -> dict[str, Any]:
        """The prediction as the protocol shows it."""
        status = self.status(prediction)
        done = status == "succeeded" and not prediction.removed
        api = f"{self.base_url}/v1/predictions/{prediction.id}"
        return {
            "id": prediction.id, "model": prediction.model, "version": prediction.version, "status": status,
            "input": {} if prediction.removed else prediction.input,
            "output": self._output(prediction) if done else None,
            "error": prediction.error if status == "failed" else None, "logs": prediction.logs,
            "metrics": {"predict_time": 4.25, "total_time": 5.0} if status in ("succeeded", "failed") else {},
            "created_at": prediction.created.isoformat().replace("+00:00", "Z"), "source": prediction.source,
            "data_removed": prediction.removed, "urls": {"get": api, "cancel": f"{api}/cancel", "web": api},
        }  # fmt: skip

    def _output(self, prediction: Prediction) -> Any:
        kind = KINDS.get(prediction.model, "mp4")
        address = f"{self.base_url}/delivered/{prediction.id}.{kind}"
        match self.shape:
            case "list":
                return [address]
            case "object":
                return {"seed": 5, "video": address}
            case "data":
                return "data:application/octet-stream;base64," + base64.b64encode(film(kind)).decode()
        return address

    def _list(self, call: Call) -> Answer:
        after = datetime.fromisoformat(call.query.get("created_after", "2000-01-01T00:00:00Z"))
        offset = int(call.query.get("cursor", 0))
        rows = sorted(self.predictions.values(), key=lambda one: one.created, reverse=True)
        rows = [one for one in rows if one.created >= after]
        more = None
        if len(rows) > offset + self.page:
            # As if this were reached through a gateway: the address names a host that the key has no business at.
            more = f"https://api.replicate.invalid/v1/predictions?cursor={offset + self.page}"
        return Answer({"previous": None, "next": more, "results": [self.told(p) for p in rows[offset:][: self.page]]})

    def _model(self, steps: list[str]) -> Answer:
        name = "/".join(steps[2:4])
        if name not in MODELS:
            raise Refusal(*_problem(404, "The requested resource could not be found."))
        official, schema = MODELS[name]
        newest = {"id": version(name), "created_at": "2026-01-01T00:00:00Z", "cog_version": "0.9"}
        newest["openapi_schema"] = None if self.untold else schema
        if len(steps) > 4:
            if steps[4] != "versions" or steps[5] not in (version(name), version(name, "older")):
                raise Refusal(*_problem(404, "The requested resource could not be found."))
            return Answer(newest | {"id": steps[5]})
        owner, short = name.split("/")
        return Answer(
            {"url": f"https://replicate.com/{name}", "owner": owner, "name": short, "visibility": "public",
             "run_count": 5, "is_official": official, "latest_version": newest, "default_example": None}
        )  # fmt: skip

    def _upload(self, call: Call) -> Answer:
        (part,) = call.parts
        if part.name != "content" or not part.filename:
            raise Refusal(*_problem(422, "content is missing"))
        name = f"file{len(self.files)}"
        self.files[name] = part.content
        address = f"{self.base_url}/v1/files/{name}"
        return Answer(
            {"id": name, "name": part.filename, "content_type": part.kind, "size": len(part.content), "etag": "e",
             "checksums": {}, "metadata": {}, "created_at": "2026-01-01T00:00:00Z", "expires_at": None,
             "urls": {"get": address}}, 201,
        )  # fmt: skip

    def _delivery(self, call: Call, name: str, fault: str) -> Answer:
        """What was made; the address is its own permission, and the key has no business here."""
        if "authorization" in call.headers or fault == "expired":
            return Answer(b"<Error/>", 403, kind="application/xml")
        stem, _, kind = name.partition(".")
        self._known(stem)
        if fault == "page":
            return Answer(b"<html></html>", kind="text/html")
        return Answer(b"" if fault == "nothing" else film(kind), kind=MEDIA[kind.rpartition(".")[2]])


def _wrong_input(schema: dict[str, Any], given: dict[str, Any], files: set[str], here: str) -> list[str]:
    """What the model itself says against its input; unknown names are wrong as well."""
    form = schema["components"]["schemas"]["Input"]
    validator = Draft202012Validator({**form, "components": schema["components"]})
    wrong = [f"- input.{'/'.join(map(str, e.absolute_path))}: {e.message}" for e in validator.iter_errors(given)]
    wrong += [f"- input.{name}: unknown" for name in given if name not in form["properties"]]
    for name, value in given.items():
        node = form["properties"].get(name, {})
        if node.get("format") == "uri" and not value.startswith("data:"):
            uploaded = value.startswith(f"{here}/v1/files/") and value.rpartition("/")[2] in files
            wrong += [] if uploaded else [f"- input.{name}: does not match format 'uri'"]
    return wrong
