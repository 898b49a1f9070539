"""An ElevenLabs on loopback, strict by its published schema: counts what it makes, and fails as it is told to."""

from __future__ import annotations

import base64
import subprocess
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import imageio_ffmpeg

from tests.loopback import Answer, Call, Loopback, Refusal
from tests.schemas import faults

KEY = "sk_0123456789abcdef0123456789abcdef"
VOICE = "21m00Tcm4TlvDq8ikWAM"
PER_CHARACTER = 0.0625
"""Seconds that a character is spoken."""
SPEECH = "Body_text_to_speech_full_with_timestamps"
EFFECT = "Body_Sound_Generation_v1_sound_generation_post"
MUSIC = "Body_Compose_music_v1_music_post"
SCRIBE = "Body_Speech_to_Text_v1_speech_to_text_post"
SINCE = {"music_v2_5": "music_v2", "eleven_text_to_sound_v3": "eleven_text_to_sound_v2"}
"""Models that the SDK names and the specification of 2026-08-22 does not yet, and what takes the same fields."""
PATHS = {"/v1/sound-generation": "effect", "/v1/music": "music", "/v1/speech-to-text": "scribe"}
HEARD: list[dict[str, Any]] = [
    {"text": "Hello", "start": 0.119, "end": 0.4199, "type": "word", "logprob": -0.1},
    {"text": " ", "start": 0.4199, "end": 0.5, "type": "spacing", "logprob": 0.0},
    {"text": "(laughter)", "start": 0.5, "end": 0.9, "type": "audio_event", "logprob": -0.1},
    {"text": "world.", "start": 0.9, "end": 1.25, "type": "word", "logprob": -0.2},
]


def _detail(status: str, message: str) -> dict[str, Any]:
    return {"detail": {"status": status, "message": message}}


@cache
def tone(seconds: float) -> bytes:
    """A real mp3."""
    source = f"sine=frequency=330:duration={seconds}"
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-nostdin", "-f", "lavfi", "-i", source]
    made = subprocess.run([*command, "-b:a", "64k", "-f", "mp3", "-"], check=True, capture_output=True)
    return made.stdout


@dataclass
class FakeElevenLabs(Loopback):
    """Speech with times, effects, music and transcripts."""

    made: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    """What was made, so billed: kind and request."""
    silent: bool = False
    """Speech comes without its alignment."""
    any_voice: bool = False
    """Every voice is known, not only one."""
    heard: list[dict[str, Any]] = field(default_factory=lambda: HEARD)

    refusals = {  # noqa: RUF012
        "unauthorised": (401, _detail("invalid_api_key", f"Invalid API key {KEY}")),
        "no_credit": (401, _detail("quota_exceeded", "This request exceeds your quota.")),
        "payment": (402, {"detail": {"type": "payment_required", "code": "insufficient_credits", "message": "Pay."}}),
        "plan": (402, {"detail": {"type": "payment_required", "code": "paid_plan_required", "message": "Upgrade."}}),
        "forbidden": (403, _detail("missing_permissions", "The key lacks the permission text_to_speech.")),
        "moderated": (403, _detail("content_against_policy", "The text is against our policy.")),
        "bad_prompt": (400, _detail("bad_prompt", "The prompt names an artist.")),
        "no_voice": (404, _detail("voice_not_found", "A voice was not found.")),
        "no_model": (404, _detail("model_not_found", "A model was not found.")),
        "bad_request": (400, _detail("invalid_voice_settings", "Wrong settings.")),
        "late": (408, b"Request timeout."),
        "early": (425, _detail("too_early", "Too early.")),
        "conflict": (409, _detail("conflict", "Conflict.")),
        "busy": (429, _detail("system_busy", "We are busy.")),
        "rate_limit": (429, _detail("too_many_concurrent_requests", "Too many."), {"Retry-After": "7"}),
        "error_before": (503, b"<html>Unavailable</html>"),
        "moved": (307, b"", {"Location": "/v1/elsewhere"}),
    }

    def kind(self, call: Call) -> str:
        return PATHS.get(call.path, "speech" if call.path.endswith("/with-timestamps") else "unknown")

    def answer(self, call: Call, kind: str, fault: str) -> Answer:
        if call.method != "POST" or kind == "unknown":
            raise Refusal(404, {"detail": "Not Found"})
        if call.headers.get("xi-api-key") != KEY:
            raise Refusal(401, _detail("invalid_api_key", "Invalid API key"))
        if "authorization" in call.headers:
            raise Refusal(400, _detail("two_keys", "Only one way in."))
        match kind:
            case "speech":
                return self._speech(call)
            case "effect":
                return self._effect(call, fault)
            case "music":
                return self._music(call, fault)
        return self._scribe(call)

    def _check(self, schema: str, body: Any, more: list[str]) -> None:
        """422 with a list, as the vendor has it."""
        known = (
            {**body, "model_id": SINCE.get(body.get("model_id"), body.get("model_id"))} if "model_id" in body else body
        )
        wrong = [*faults("elevenlabs", schema, known), *more]
        if wrong:
            raise Refusal(422, {"detail": [{"loc": ["body"], "msg": words, "type": "value_error"} for words in wrong]})

    def _take(self, kind: str, body: dict[str, Any]) -> None:
        with self.lock:
            self.made.append((kind, body))

    def _speech(self, call: Call) -> Answer:
        body = call.json
        self._check(SPEECH, body, [] if body.get("text") else ["text must not be empty"])
        if call.path.split("/")[3] != VOICE and not self.any_voice:
            raise Refusal(*self.refusals["no_voice"])
        if call.query != {"output_format": "mp3_44100_128"}:
            raise Refusal(422, {"detail": [{"loc": ["query"], "msg": f"{call.query}", "type": "value_error"}]})
        self._take("speech", body)
        text = body["text"]
        starts = [round(i * PER_CHARACTER, 4) for i in range(len(text))]
        alignment = {
            "characters": list(text),
            "character_start_times_seconds": starts,
            "character_end_times_seconds": [round(s + PER_CHARACTER, 4) for s in starts],
        }
        told = None if self.silent else alignment
        sound = base64.b64encode(tone(round(len(text) * PER_CHARACTER, 2))).decode()
        return Answer(
            {"audio_base64": sound, "alignment": told, "normalized_alignment": told},
            headers={"character-cost": str(len(text)), "request-id": "req_1"},
        )

    def _effect(self, call: Call, fault: str) -> Answer:
        body = call.json
        seconds = body.get("duration_seconds")
        out = seconds is not None and not 0.5 <= seconds <= 30
        self._check(EFFECT, body, ["duration_seconds must be from 0.5 to 30"] if out else [])
        self._take("effect", body)
        return self._sound(2 if seconds is None else seconds, fault)

    def _music(self, call: Call, fault: str) -> Answer:
        body = call.json
        self._check(MUSIC, body, ["seed goes with a composition plan only"] if {"seed", "prompt"} <= set(body) else [])
        self._take("music", body)
        return self._sound(body["music_length_ms"] / 1000, fault)

    def _sound(self, seconds: float, fault: str) -> Answer:
        sound = b"" if fault == "nothing" else tone(seconds)
        return Answer(sound, kind="text/html" if fault == "page" else "audio/mpeg")

    def _scribe(self, call: Call) -> Answer:
        if not call.headers["content-type"].startswith("multipart/form-data"):
            raise Refusal(422, {"detail": "multipart only"})
        fields: dict[str, Any] = {part.name: part.content.decode() for part in call.parts if not part.filename}
        for name in ("tag_audio_events", "diarize"):
            fields[name] = {"true": True, "false": False}.get(fields.get(name, "false"), "neither")
        files = {part.name: part for part in call.parts if part.filename}
        short = "file" not in files or len(files["file"].content) < 100
        self._check(SCRIBE, fields, ["file is missing or empty"] if short else [])
        self._take("scribe", fields)
        text = "".join(word["text"] for word in self.heard)
        return Answer(
            {"language_code": "eng", "language_probability": 0.98, "text": text, "words": self.heard,
             "audio_duration_secs": 1.5}
        )  # fmt: skip
