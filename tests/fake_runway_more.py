"""A Runway on loopback for stills and performances, strict by its published schema: counts what it takes."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from random import Random
from typing import Any

from tests.fake_replicate import film
from tests.loopback import Answer, Call, Loopback, Refusal
from tests.schemas import faults

KEY = "key_0123456789abcdef"
CREDITS = {"gen4_image": 5, "gen4_image_turbo": 2, "act_two": 20}


@dataclass
class FakeRunwayMore(Loopback):
    """Stills, performances and uploads."""

    orders: dict[str, dict[str, Any]] = field(default_factory=dict)
    uploads: dict[str, bytes] = field(default_factory=dict)
    state: str = "SUCCEEDED"
    failure: tuple[str, str] = ("", "")

    refusals = {  # noqa: RUF012
        "unauthorised": (401, {"error": f"The API key you provided is not valid: {KEY}"}),
        "no_credit": (400, {"error": "You do not have enough credits to run this task."}),
        "moderated": (400, {"error": "The prompt was refused by our content moderation system."}),
        "bad_request": (400, {"error": "The prompt and the ratio do not go together."}),
        "no_model": (404, {"error": "This model is no longer available."}),
        "gone": (404, {"error": "Task not found."}),
        "late": (408, {"error": "Request timeout."}),
        "rate_limit": (429, {"error": "Too many requests."}, {"Retry-After": "7"}),
        "error_before": (503, {"error": "Service unavailable."}),
    }

    def __post_init__(self) -> None:
        self.chance = Random(7)

    def kind(self, call: Call) -> str:
        match call.method, *call.path.strip("/").split("/"):
            case ("POST", "v1", "text_to_image" | "character_performance"):
                return "create"
            case ("GET" | "DELETE", "v1", "tasks", _):
                return "task"
            case ("POST", "v1", "uploads"):
                return "upload"
            case ("POST", "store"):
                return "store"
            case ("GET", "made", _):
                return "made"
        return "unknown"

    def answer(self, call: Call, kind: str, fault: str) -> Answer:  # noqa: ARG002
        steps = call.path.strip("/").split("/")
        if kind == "made":
            still = steps[1].endswith("png")
            return Answer(film("png" if still else "mp4"), kind="image/png" if still else "video/mp4")
        if kind == "store":
            self.uploads[next(p.content.decode() for p in call.parts if p.name == "key")] = call.parts[-1].content
            return Answer(status=204)
        if call.headers.get("authorization") != f"Bearer {KEY}" or call.headers.get("x-runway-version") != "2024-11-06":
            raise Refusal(401, {"error": "The API key you provided is not valid."})
        match kind:
            case "create":
                return self._create(call, steps[1])
            case "task" if steps[2] in self.orders:
                return self._task(call, steps[2])
            case "upload":
                name = f"up{len(self.uploads)}"
                told = {
                    "uploadUrl": f"{self.base_url}/store",
                    "fields": {"key": name},
                    "runwayUri": f"runway://{name}-0123",
                }
                return Answer(told)
        raise Refusal(404, {"error": "Not found."})

    def _create(self, call: Call, endpoint: str) -> Answer:
        body = call.json
        model = body.get("model")
        is_still = endpoint == "text_to_image"
        is_known = model in CREDITS and is_still != (model == "act_two")
        wrong = faults("runway", model, body) if is_known else ["model"]
        if wrong:
            issues = [{"code": "custom", "path": [], "message": words} for words in wrong]
            raise Refusal(400, {"error": "Validation of body failed", "issues": issues})
        name = str(uuid.UUID(int=self.chance.getrandbits(128), version=4))
        self.orders[name] = body
        return Answer({"id": name, "estimatedCost": {"credits": CREDITS[model]}})

    def _task(self, call: Call, name: str) -> Answer:
        if call.method == "DELETE":
            self.state = "CANCELLED"
            return Answer(status=204)
        model = self.orders[name]["model"]
        told: dict[str, Any] = {"id": name, "status": self.state, "createdAt": "2026-11-20T10:00:00.000Z"}
        if self.state == "SUCCEEDED":
            made = f"{self.base_url}/made/{name}.{'mp4' if model == 'act_two' else 'png'}"
            told |= {"output": [made], "cost": {"credits": CREDITS[model]}}
        elif self.state == "FAILED":
            told |= {"failure": self.failure[0], "failureCode": self.failure[1], "cost": {"credits": 0}}
        return Answer(told)
