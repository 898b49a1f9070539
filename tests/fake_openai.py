"""OpenAI and Groq on loopback, strict by their published schemas: count what they make, and fail as they are told to.

In a test: `with FakeOpenAI() as vendor: OpenAILanguage(key=KEY, base_url=vendor.address)`. What a model says is
set in `said` and `calls`. Faults beside those of every loopback vendor: the names in `refusals`, and of a language
model `refused`, `truncated`, `filtered`, `failed`, and of a stream `broken_stream` and `unfinished_stream`.
"""

from __future__ import annotations

import base64
import io
import json
import re
import struct
import wave
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from PIL import Image

from tests.loopback import Answer, Call, Loopback, Refusal
from tests.schemas import faults

KEY = "sk-proj-0123456789abcdefABCDEF0123456789"
KINDS = {
    "/responses": ("responses", "CreateResponse"),
    "/chat/completions": ("chat", "CreateChatCompletionRequest"),
    "/audio/speech": ("speech", "CreateSpeechRequest"),
    "/audio/transcriptions": ("transcripts", "CreateTranscriptionRequest"),
    "/images/generations": ("images", "CreateImageRequest"),
    "/images/edits": ("edits", "CreateImageEditRequest"),
}
TOKENS = (120, 45)
"""That every answer of a language model counts: in and out."""
HEARD = [{"word": " Hello", "start": 0.12, "end": 0.42}, {"word": "world.", "start": 0.9, "end": 1.25}]
SPOKEN_SECONDS = 0.5


def error(code: str | None, message: str, kind: str = "invalid_request_error") -> dict[str, Any]:
    return {"error": {"message": message, "type": kind, "param": None, "code": code}}


def spoken() -> bytes:
    """A WAV as it is sent while it is being spoken: its lengths are not known yet."""
    whole = io.BytesIO()
    with wave.open(whole, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(24_000)
        at = np.arange(int(24_000 * SPOKEN_SECONDS)) / 24_000
        file.writeframes((8_000 * np.sin(2 * np.pi * 440 * at)).astype("<i2").tobytes())
    sound = whole.getvalue()
    return sound[:4] + b"\xff\xff\xff\xff" + sound[8:40] + b"\xff\xff\xff\xff" + sound[44:]


def painted(size: str) -> bytes:
    """A real PNG of that size."""
    width, height = map(int, size.split("x"))
    file = io.BytesIO()
    Image.new("RGB", (width, height), "teal").save(file, "PNG")
    return file.getvalue()


@dataclass
class FakeOpenAI(Loopback):
    """OpenAI: responses, chat completions, pictures, voices and transcripts."""

    made: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    """What was made, so billed: kind and request."""
    said: str = "A lighthouse at dusk."
    calls: list[tuple[str, str]] = field(default_factory=list)
    """Tools that the model calls: name and arguments as JSON."""
    keyless: bool = False
    answers: dict[str, Any] = field(default_factory=dict)
    """What it says where an answer of that form is asked for, by the form's name."""

    prefix = "/v1"
    spec = "openai"
    refusals = {  # noqa: RUF012
        "unauthorised": (401, error("invalid_api_key", f"Incorrect API key provided: {KEY}.")),
        "starred": (400, error("invalid_value", "The key sk-pr**************6789 may not do this.")),
        "forbidden": (403, error(None, "You are not allowed to sample from this model.")),
        "no_credit": (429, error("insufficient_quota", "You exceeded your current quota.", "insufficient_quota")),
        "hard_limit": (400, error("billing_hard_limit_reached", "Billing hard limit has been reached.")),
        "moderated": (400, error("moderation_blocked", "Your request was rejected by the safety system.")),
        "policy": (400, error("content_policy_violation", "It contains content that is not allowed.")),
        "flagged": (400, error("invalid_prompt", "Your prompt was flagged as violating our usage policy.")),
        "inactive": (429, error("billing_not_active", "Your account is not active.", "billing_not_active")),
        "too_long": (400, error("context_length_exceeded", "This model's maximum context length is 400000 tokens.")),
        "too_large": (413, error(None, "Maximum content size limit exceeded.")),
        "no_model": (404, error("model_not_found", "The model does not exist or you do not have access to it.")),
        "bad_request": (400, error("invalid_value", "Invalid value for 'size'.")),
        "unprocessable": (422, error(None, "Unprocessable.")),
        "late": (408, error(None, "Timeout.")),
        "conflict": (409, error(None, "Conflict.")),
        "rate_limit": (429, error("rate_limit_exceeded", "Slow down.", "requests"), {"Retry-After": "7"}),
        "rate_limit_ms": (429, error("rate_limit_exceeded", "Slow down."), {"retry-after-ms": "1500"}),
        "rate_limit_reset": (
            429,
            error("rate_limit_exceeded", "Rate limit reached for tokens per minute.", "tokens"),
            {
                "x-ratelimit-remaining-requests": "14370",
                "x-ratelimit-reset-requests": "2h10m",
                "x-ratelimit-remaining-tokens": "0",
                "x-ratelimit-reset-tokens": "2m59.56s",
            },
        ),
        "error_before": (503, b"<html>Unavailable</html>"),
        "overloaded": (529, error("overloaded", "Overloaded.", "server_error")),
        "moved": (307, b"", {"Location": "/v1/elsewhere"}),
    }

    @property
    def address(self) -> str:
        """As the settings have it."""
        return f"{self.base_url}/v1"

    def kind(self, call: Call) -> str:
        return KINDS.get(call.path.removeprefix(self.prefix), ("unknown", ""))[0]

    def answer(self, call: Call, kind: str, fault: str) -> Answer:
        if call.method != "POST" or kind == "unknown" or not call.path.startswith(self.prefix):
            raise Refusal(404, error("unknown_url", f"Unknown request URL: {call.method} {call.path}."))
        self._authorise(call)
        asked = _fields(call) if kind in ("transcripts", "edits") else call.json
        schema = next(schema for name, schema in KINDS.values() if name == kind)
        wrong = faults(self.spec, schema, asked) + list(self._beyond_the_schema(kind, asked))
        if wrong:
            raise Refusal(400, error("invalid_request", "; ".join(wrong)))
        self.made.append((kind, asked))
        return getattr(self, f"_{kind}")(asked, fault)

    def _authorise(self, call: Call) -> None:
        given = call.headers.get("authorization", "")
        if given != f"Bearer {KEY}" and not self.keyless:
            raise Refusal(401, error("invalid_api_key", f"Incorrect API key provided: {given[7:]}."))
        stray = {"openai-organization", "openai-project", "x-stray"} & set(call.headers)
        if stray or not call.headers.get("idempotency-key"):
            raise Refusal(400, error("bad_headers", f"{stray or 'no key of the purchase'}"))

    def _beyond_the_schema(self, kind: str, asked: dict[str, Any]) -> Iterable[str]:
        """What the vendor refuses, though its schema does not say so."""
        form = (asked.get("text") or asked.get("response_format")) if kind in ("responses", "chat") else None
        if isinstance(form, dict):
            form = form.get("format") or form.get("json_schema") or {}
            if form.get("strict") and not _is_strict(form["schema"]):
                yield "schema: every object names all of its fields as required, and allows no others"
        if kind in ("images", "edits"):
            if not re.fullmatch(r"\d+x\d+", asked["size"]) or not 1 <= len(asked.get("image", [b""])) <= 16:
                yield "size or image"
                return
            width, height = map(int, asked["size"].split("x"))
            if width % 16 or height % 16 or not 1 / 3 <= width / height <= 3 or width * height > 3840 * 2160:
                yield f"size: {asked['size']}"
        if kind == "transcripts" and asked["model"] == "gpt-transcribe":
            yield from ({"language", "timestamp_granularities"} & set(asked))
            if asked.get("response_format", "json") != "json":
                yield "response_format"

    def _words(self, asked: dict[str, Any]) -> str:
        """What the model says to this."""
        form = (asked.get("text") or {}).get("format") or (asked.get("response_format") or {}).get("json_schema") or {}
        answer = self.answers.get(form.get("name", ""))
        return self.said if answer is None else json.dumps(answer)

    def _responses(self, asked: dict[str, Any], fault: str) -> Answer:
        reply = self._reply(asked, fault)
        if not asked.get("stream"):
            return Answer(reply)
        ending = {"completed": "response.completed", "incomplete": "response.incomplete", "failed": "response.failed"}
        events: list[dict[str, Any]] = [{"type": "response.created", "response": {**reply, "status": "in_progress"}}]
        pieces = [{"type": "response.output_text.delta", "delta": piece} for piece in _pieces(self._words(asked))]
        if fault == "broken_stream":
            events += [*pieces[:1], {"type": "error", "code": "server_error", "message": "It broke."}]
        elif fault == "unfinished_stream":
            events += pieces
        else:
            events += [*pieces, {"type": ending[reply["status"]], "response": reply}]
        numbered = [{**event, "sequence_number": number} for number, event in enumerate(events)]
        body = "".join(f"event: {event['type']}\ndata: {json.dumps(event)}\n\n" for event in numbered)
        return Answer(body.encode(), kind="text/event-stream")

    def _reply(self, asked: dict[str, Any], fault: str) -> dict[str, Any]:
        texts = [{"type": "output_text", "text": self._words(asked), "annotations": []}]
        if fault == "refused":
            texts = [{"type": "refusal", "refusal": "I cannot help with that."}]
        items: list[dict[str, Any]] = [
            {"type": "reasoning", "id": "rs_1", "summary": []},
            {"type": "message", "id": "msg_1", "role": "assistant", "status": "completed", "content": texts},
        ]
        if self.calls:
            items[1:] = [
                {"type": "function_call", "id": f"fc_{number}", "call_id": f"call_{number}", "name": name,
                 "arguments": arguments, "status": "completed"}
                for number, (name, arguments) in enumerate(self.calls)
            ]  # fmt: skip
        reason = {"truncated": "max_output_tokens", "filtered": "content_filter"}.get(fault)
        failed = {"code": "server_error", "message": "The model failed."} if fault == "failed" else None
        return {
            "id": "resp_1", "object": "response", "created_at": 1_790_000_000, "model": asked["model"],
            "status": "failed" if failed else "incomplete" if reason else "completed", "error": failed,
            "incomplete_details": {"reason": reason} if reason else None, "output": [] if failed else items,
            "usage": {
                "input_tokens": TOKENS[0], "output_tokens": TOKENS[1], "total_tokens": sum(TOKENS),
                "input_tokens_details": {"cached_tokens": 0}, "output_tokens_details": {"reasoning_tokens": 0},
            },
        }  # fmt: skip

    def _chat(self, asked: dict[str, Any], fault: str) -> Answer:
        message: dict[str, Any] = {"role": "assistant", "content": self._words(asked)}
        if fault == "refused":
            message = {"role": "assistant", "content": None, "refusal": "I cannot help with that."}
        if self.calls:
            calls = [
                {"id": f"call_{number}", "type": "function", "function": {"name": name, "arguments": arguments}}
                for number, (name, arguments) in enumerate(self.calls)
            ]
            message = {"role": "assistant", "content": None, "tool_calls": calls}
        reason = {"truncated": "length", "filtered": "content_filter"}.get(
            fault, "tool_calls" if self.calls else "stop"
        )
        if asked.get("stream"):
            return self._chat_stream(asked, message, reason, fault)
        usage = {"prompt_tokens": TOKENS[0], "completion_tokens": TOKENS[1], "total_tokens": sum(TOKENS)}
        choices = [{"index": 0, "message": message, "finish_reason": reason, "logprobs": None}]
        return Answer(_completion("chat.completion", asked, [] if fault == "failed" else choices) | {"usage": usage})

    def _chat_stream(self, asked: dict[str, Any], message: dict[str, Any], reason: str, fault: str) -> Answer:
        deltas: list[dict[str, Any]] = [{"role": "assistant", "content": ""}]
        if message.get("refusal"):
            deltas.append({"refusal": message["refusal"]})
        for number, call in enumerate(message.get("tool_calls", ())):
            whole = call["function"]["arguments"]
            named = {"name": call["function"]["name"], "arguments": ""}
            deltas.append({"tool_calls": [{**call, "index": number, "function": named}]})
            deltas += [{"tool_calls": [{"index": number, "function": {"arguments": one}}]} for one in _pieces(whole)]
        deltas += [{"content": piece} for piece in _pieces(message.get("content") or "")]
        lines: list[dict[str, Any]] = [self._chunk(asked, delta, None) for delta in deltas]
        if fault == "broken_stream":
            lines.append(error("server_error", "It broke.", "server_error"))
        elif fault != "unfinished_stream":
            lines += [self._chunk(asked, {}, reason), *self._counted(asked)]
        body = "".join(f"data: {json.dumps(line)}\n\n" for line in lines) + "data: [DONE]\n\n"
        return Answer(body.encode(), kind="text/event-stream")

    def _chunk(self, asked: dict[str, Any], delta: dict[str, Any], reason: str | None) -> dict[str, Any]:
        return _completion("chat.completion.chunk", asked, [{"index": 0, "delta": delta, "finish_reason": reason}])

    def _counted(self, asked: dict[str, Any]) -> list[dict[str, Any]]:
        """The last piece of a stream, where the tokens are told when one has asked for them."""
        if not (asked.get("stream_options") or {}).get("include_usage"):
            return []
        usage = {"prompt_tokens": TOKENS[0], "completion_tokens": TOKENS[1], "total_tokens": sum(TOKENS)}
        return [_completion("chat.completion.chunk", asked, []) | {"usage": usage}]

    def _images(self, asked: dict[str, Any], fault: str) -> Answer:
        picture = b"GIF89a" if fault == "failed" else painted(asked["size"])
        usage = {"input_tokens": 50, "output_tokens": 1056, "total_tokens": 1106}
        return Answer({"created": 1, "data": [{"b64_json": base64.b64encode(picture).decode()}], "usage": usage})

    _edits = _images

    def _speech(self, asked: dict[str, Any], fault: str) -> Answer:  # noqa: ARG002
        return Answer(b"Hello" if fault == "failed" else spoken(), kind="audio/wav")

    def _transcripts(self, asked: dict[str, Any], fault: str) -> Answer:
        said: dict[str, Any] = {"text": " Hello world. "}
        if asked.get("response_format") == "verbose_json":
            words = HEARD if "word" in asked.get("timestamp_granularities", ()) else None
            said |= {"task": "transcribe", "language": "english", "duration": 1.5, "words": words, "segments": []}
        elif asked["model"] == "gpt-transcribe":
            said["languages"] = [{"code": "en"}]
            said["usage"] = {"type": "tokens", "input_tokens": 14, "output_tokens": 5, "total_tokens": 19}
        return Answer({} if fault == "failed" else said)


@dataclass
class FakeGroq(FakeOpenAI):
    """Groq: chat completions, voices and transcripts."""

    prefix = "/openai/v1"
    spec = "groq"
    refusals = FakeOpenAI.refusals | {
        "bad_form": (
            400,
            {
                "error": {
                    "message": "Failed to generate JSON.",
                    "type": "invalid_request_error",
                    "code": "json_validate_failed",
                    "failed_generation": "{",
                }
            },
        ),
    }

    @property
    def address(self) -> str:
        return self.base_url

    def _beyond_the_schema(self, kind: str, asked: dict[str, Any]) -> Iterable[str]:
        yield from super()._beyond_the_schema(kind, asked)
        if kind == "chat":
            strict = (asked.get("response_format") or {}).get("json_schema", {}).get("strict")
            if strict and not asked["model"].startswith("openai/gpt-oss"):
                yield "response_format: this model is not strict"
            if asked["model"].startswith("openai/gpt-oss") and asked.get("reasoning_effort") == "none":
                yield "reasoning_effort"
        if kind == "speech" and asked.get("response_format") != "wav":
            yield "response_format: wav"

    def _chunk(self, asked: dict[str, Any], delta: dict[str, Any], reason: str | None) -> dict[str, Any]:
        chunk = super()._chunk(asked, delta, reason)
        usage = {"prompt_tokens": TOKENS[0], "completion_tokens": TOKENS[1], "total_tokens": sum(TOKENS)}
        return chunk | {"x_groq": {"id": "req_1", "usage": usage}} if reason else chunk


def _completion(what: str, asked: dict[str, Any], choices: list[Any]) -> dict[str, Any]:
    return {"id": "chatcmpl-1", "object": what, "created": 1, "model": asked["model"], "choices": choices}


def _pieces(text: str) -> list[str]:
    """The text as a model hands it out."""
    return re.findall(r"\S+\s*|\s+", text)


def _is_strict(schema: Any) -> bool:
    """As the strict mode of both vendors has it."""
    if isinstance(schema, list):
        return all(map(_is_strict, schema))
    if not isinstance(schema, dict):
        return True
    if schema.get("type") == "object" and (
        schema.get("additionalProperties") is not False
        or set(schema.get("required", ())) != set(schema.get("properties", {}))
    ):
        return False
    return all(map(_is_strict, schema.values()))


def _fields(call: Call) -> dict[str, Any]:
    """The fields of a form, as the schema has them; those named `…[]` are lists."""
    found: dict[str, Any] = {}
    for part in call.parts:
        value = part.content.decode("latin-1") if part.filename else part.content.decode()
        if part.name.endswith("[]"):
            found.setdefault(part.name[:-2], []).append(value)
        else:
            assert part.name not in found, f"{part.name} twice"
            found[part.name] = float(value) if part.name == "temperature" else value
    return found


def wav_seconds(sound: bytes) -> float:
    """As the head of the file tells them."""
    rate, length = struct.unpack_from("<I", sound, 28)[0], struct.unpack_from("<I", sound, 40)[0]
    return length / rate
