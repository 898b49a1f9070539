"""Google on loopback: interactions with Gemini Omni under a key, and operations of Veo under a project's token."""

from __future__ import annotations

import base64
import subprocess
import tempfile
import time
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import imageio_ffmpeg
from jsonschema import Draft202012Validator

from tests.loopback import Answer, Call, Loopback, Refusal
from tests.schemas import faults

KEY = "AIzaSy0123456789abcdef0123456789abcdefg"
ACCESS = "ya29.0123456789abcdef"
PROJECT, LOCATION = "film-project", "us-central1"
LENGTHS = {"gemini-omni-1.1-flash": (3, 10), "gemini-omni-1.2-flash": (3, 15)}
IMAGE = {"bytesBase64Encoded": {"type": "string"}, "mimeType": {"enum": ["image/png", "image/jpeg", "image/webp"]}}
VEO = {
    "type": "object", "additionalProperties": False, "required": ["instances", "parameters"],
    "properties": {
        "instances": {"type": "array", "minItems": 1, "maxItems": 1, "items": {
            "type": "object", "additionalProperties": False, "required": ["prompt"],
            "properties": {"prompt": {"type": "string", "minLength": 1}, "image": {
                "type": "object", "additionalProperties": False, "required": list(IMAGE), "properties": IMAGE}},
        }},
        "parameters": {"type": "object", "additionalProperties": False, "properties": {
            "sampleCount": {"enum": [1, 2, 3, 4]}, "durationSeconds": {"enum": [4, 6, 8]},
            "seed": {"type": "integer", "minimum": 0, "maximum": 4294967295},
            "aspectRatio": {"enum": ["16:9", "9:16"]}, "resolution": {"enum": ["720p", "1080p"]},
            "generateAudio": {"type": "boolean"}}},
    },
}  # fmt: skip


def _error(code: int, status: str, message: str, *details: dict[str, Any]) -> Any:
    return code, {"error": {"code": code, "status": status, "message": message, "details": list(details)}}, {}


def _info(reason: str) -> dict[str, Any]:
    return {"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": reason}


@cache
def film() -> bytes:
    """A real clip."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "film.mp4"
        source = ["-f", "lavfi", "-i", "testsrc2=size=64x64:rate=24:duration=1"]
        command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-nostdin", *source, "-pix_fmt", "yuv420p"]
        subprocess.run([*command, "-c:v", "libx264", str(out)], check=True, capture_output=True)
        return out.read_bytes()


@dataclass
class Task:
    """Something that the vendor has taken."""

    id: str
    body: dict[str, Any]
    started: float
    forced: str = ""
    """A status that it stays in; empty: by the time that has passed."""
    problem: tuple[str, str] = ("", "")
    """Code and message of a failure."""
    talk: str = ""
    """What is answered instead of a clip."""
    inline: bool = False
    filtered: str = ""


@dataclass
class FakeGoogle(Loopback):
    """Interactions, files, and Veo's operations."""

    making: float = 0.0
    tasks: dict[str, Task] = field(default_factory=dict)
    elsewhere: str = ""
    """Where the files' downloads are redirected to."""

    refusals = {  # noqa: RUF012
        "unauthorised": _error(400, "INVALID_ARGUMENT", f"API key not valid: {KEY}", _info("API_KEY_INVALID")),
        "unauthenticated": _error(401, "UNAUTHENTICATED", "Request had invalid credentials."),
        "forbidden": _error(403, "PERMISSION_DENIED", "The caller does not have permission."),
        "no_credit": _error(429, "RESOURCE_EXHAUSTED", "Your prepayment credits are depleted."),
        "no_billing": _error(400, "FAILED_PRECONDITION", "Please enable billing on your project."),
        "invalid": _error(400, "INVALID_ARGUMENT", "The image is too odd."),
        "moderated": _error(400, "INVALID_ARGUMENT", "The prompt was blocked by our safety filters."),
        "no_model": _error(404, "NOT_FOUND", "The model is not found."),
        "rate_limit": _error(
            429, "RESOURCE_EXHAUSTED", "Quota exceeded.",
            {"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "30.5s"},
        ),
        "late": _error(408, "DEADLINE_EXCEEDED", "Too late."),
        "conflict": _error(409, "ABORTED", "Conflict."),
        "error_before": _error(503, "UNAVAILABLE", "The model is overloaded."),
        "deadline": _error(504, "DEADLINE_EXCEEDED", "The server took too long."),
        "moved": (307, b"", {"Location": "/v1/elsewhere"}),
    }  # fmt: skip

    @property
    def submits(self) -> int:
        """Clips that were ordered: each is paid."""
        return len(self.tasks)

    def kind(self, call: Call) -> str:
        match call.method, *call.path.strip("/").split("/"):
            case ("POST", "token"):
                return "token"
            case ("POST", "v1", "interactions"):
                return "create"
            case ("GET", "v1", "interactions", _):
                return "task"
            case ("POST", "v1", "interactions", _, "cancel"):
                return "cancel"
            case ("GET", "v1beta", "files", _):
                return "file"
            case ("POST", "v1beta1", "projects", *_, last) if last.endswith(":predictLongRunning"):
                return "create"
            case ("POST", "v1beta1", "projects", *_, last) if last.endswith(":fetchPredictOperation"):
                return "task"
        return "unknown"

    def answer(self, call: Call, kind: str, fault: str) -> Answer:
        steps = call.path.strip("/").split("/")
        if kind == "token":  # where a service account of a project has its token renewed
            return Answer({"access_token": ACCESS, "expires_in": 3600, "token_type": "Bearer"})
        self._authorise(call, of_project=steps[1] == "projects")
        if kind == "unknown":
            raise Refusal(*_error(404, "NOT_FOUND", "Not found."))
        if kind == "file":
            return self._file(call, steps[2], fault)
        told = self._veo(call, kind, steps) if steps[1] == "projects" else self._omni(call, kind, steps)
        if fault == "no_id":
            told = {name: value for name, value in told.items() if name not in ("id", "name")}
        elif fault == "bad_id":
            told = {**told, "id": "../models", "name": "../models"}
        elif fault == "strange":
            told = {**told, "status": "dreaming"}
        return Answer(told)

    def _authorise(self, call: Call, *, of_project: bool) -> None:
        good = call.headers.get("authorization") == f"Bearer {ACCESS}" and "x-goog-api-key" not in call.headers
        if not of_project:
            good = call.headers.get("x-goog-api-key") == KEY and "authorization" not in call.headers
        if not good:
            raise Refusal(*self.refusals["unauthorised"])

    def _known(self, name: str) -> Task:
        if name not in self.tasks:
            raise Refusal(*_error(404, "NOT_FOUND", "Requested entity was not found."))
        return self.tasks[name]

    def _take(self, name: str, body: dict[str, Any]) -> Task:
        with self.lock:
            self.tasks[name] = Task(name, body, time.monotonic())
            return self.tasks[name]

    def _passed(self, task: Task) -> float:
        """How far it is, from 0 to 1."""
        return min(1.0, (time.monotonic() - task.started) / self.making) if self.making else 1.0

    def _omni(self, call: Call, kind: str, steps: list[str]) -> dict[str, Any]:
        if kind == "create":
            self._check_omni(call.json)
            return self._interaction(self._take(f"v1_ChdPU0F4YWFt{len(self.tasks)}_-", call.json))
        task = self._known(steps[2])
        if kind == "cancel":
            task.forced = "cancelled"
        return self._interaction(task)

    def _check_omni(self, body: dict[str, Any]) -> None:
        wrong = faults("google", "CreateModelInteraction", body)
        shapes = body.get("response_format") or [{}]
        least, most = LENGTHS.get(str(body.get("model")), (0, -1))
        if not wrong and not least <= float(shapes[0].get("duration", "8s")[:-1]) <= most:
            wrong = ["duration or model"]
        images = [one for step in body.get("input", []) for one in step["content"] if one["type"] == "image"]
        task = ((body.get("generation_config") or {}).get("video_config") or {}).get("task")
        if not wrong and bool(images) != (task == "image_to_video"):
            wrong = ["task"]
        if wrong:
            raise Refusal(*_error(400, "INVALID_ARGUMENT", "; ".join(wrong)))

    def _interaction(self, task: Task) -> dict[str, Any]:
        """The interaction as the protocol shows it."""
        passed = self._passed(task)
        status = task.forced or ("queued" if passed < 0.25 else "in_progress" if passed < 1 else "completed")
        told: dict[str, Any] = {"id": task.id, "status": status, "model": task.body["model"], "object": "interaction"}
        if task.problem[0]:
            told |= {"status": "failed", "errors": [{"code": task.problem[0], "message": task.problem[1]}]}
        elif status == "completed":
            clip: dict[str, Any] = {"type": "video", "mime_type": "video/mp4"}
            clip |= {"data": base64.b64encode(film()).decode()} if task.inline else {"uri": self._address(task)}
            content = [{"type": "text", "text": task.talk}] if task.talk else [clip]
            told["steps"] = [{"type": "user_input", "content": [{"type": "video", "uri": "https://not.ours/"}]}]
            told["steps"] += [{"type": "thought"}, {"type": "model_output", "content": content}]
        return told

    def _address(self, task: Task) -> str:
        return f"{self.base_url}/v1beta/files/{task.id.rpartition('m')[2].strip('_-')}"

    def _file(self, call: Call, name: str, fault: str) -> Answer:
        if call.query != {"alt": "media"} or not name.endswith(":download"):
            return Answer({"name": f"files/{name}", "mimeType": "video/mp4"})
        if fault == "expired":
            raise Refusal(*_error(404, "NOT_FOUND", "The file is gone."))
        if self.elsewhere:
            return Answer(status=302, headers={"Location": self.elsewhere})
        return Answer(b"" if fault == "nothing" else film(), kind="text/html" if fault == "page" else "video/mp4")

    def _veo(self, call: Call, kind: str, steps: list[str]) -> dict[str, Any]:
        model = steps[-1].partition(":")[0]
        if steps[1:-1] != ["projects", PROJECT, "locations", LOCATION, "publishers", "google", "models"]:
            raise Refusal(*_error(404, "NOT_FOUND", "No such place."))
        if kind == "create":
            wrong = [error.message for error in Draft202012Validator(VEO).iter_errors(call.json)]
            if wrong:
                raise Refusal(*_error(400, "INVALID_ARGUMENT", "; ".join(wrong)))
            name = f"{'/'.join(steps[1:-1])}/{model}/operations/{len(self.tasks)}-7a"
            return {"name": self._take(name, call.json).id}
        return self._operation(self._known(call.json["operationName"]))

    def _operation(self, task: Task) -> dict[str, Any]:
        """The operation as the protocol shows it."""
        if self._passed(task) < 1 and not task.forced:
            return {"name": task.id}
        told: dict[str, Any] = {"name": task.id, "done": True}
        if task.problem[0]:
            return told | {"error": {"code": int(task.problem[0]), "message": task.problem[1]}}
        if task.filtered:
            return told | {"response": {"raiMediaFilteredCount": 1, "raiMediaFilteredReasons": [task.filtered]}}
        clip = {"bytesBase64Encoded": base64.b64encode(film()).decode(), "mimeType": "video/mp4"}
        return told | {"response": {"videos": [clip]}}
