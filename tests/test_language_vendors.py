"""One contract for all language models: OpenAI, Groq, and any server of chat completions.

Each speaks to a strict server on loopback, with the vendor's own SDK in between and nothing patched.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from core.domain import errors
from core.domain.orders import LanguageOrder, Product, Tool, ToolCall, Turn, Usage
from core.providers import wire
from core.providers.chat_language import CompatibleLanguage, GroqLanguage
from core.providers.language import Ability, LanguageVendor
from core.providers.openai_language import OpenAILanguage
from tests.fake_openai import KEY, TOKENS, FakeGroq, FakeOpenAI

FORM: dict[str, Any] = {
    "type": "object",
    "properties": {
        "title": {"type": "string"},
        "scenes": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {"seconds": {"type": "number"}, "mood": {"type": ["string", "null"]}},
                "required": ["seconds", "mood"],
                "additionalProperties": False,
            },
        },
    },
    "required": ["title", "scenes"],
    "additionalProperties": False,
}
KEPT = '{"title": "Dusk", "scenes": [{"seconds": 2.5, "mood": null}]}'
SEARCH = Tool(
    name="find_music",
    description="Finds music by mood.",
    parameters={
        "type": "object",
        "properties": {"mood": {"type": "string"}},
        "required": ["mood"],
        "additionalProperties": False,
    },
)
USAGE = Usage(tokens_in=TOKENS[0], tokens_out=TOKENS[1])


@dataclass(frozen=True)
class Case:
    """A vendor of the suite."""

    fake: type[FakeOpenAI]
    open: Callable[..., LanguageVendor]
    kind: str
    model: str
    seeing: str
    """A model that looks at pictures."""


CASES = {
    "openai": Case(FakeOpenAI, OpenAILanguage, "responses", "gpt-6-luna", "gpt-6-luna"),
    "groq": Case(FakeGroq, GroqLanguage, "chat", "openai/gpt-oss-20b", "qwen/qwen3.8-27b"),
    "compatible": Case(FakeOpenAI, CompatibleLanguage, "chat", "llama3.2", "gemma3"),
}


@pytest.fixture(params=list(CASES))
def case(request: pytest.FixtureRequest) -> Case:
    return CASES[request.param]


@pytest.fixture
def server(case: Case) -> Iterator[FakeOpenAI]:
    with case.fake(slow=0.6) as running:
        yield running


@pytest.fixture
def vendor(case: Case, server: FakeOpenAI) -> LanguageVendor:
    return case.open(key=KEY, base_url=server.address)


@pytest.fixture(params=["make", "stream"])
def answer(request: pytest.FixtureRequest, vendor: LanguageVendor, tmp_path: Path) -> Callable[..., Product]:
    """Asks, in one way or the other; the text that was streamed is the product's."""

    def ask(order: LanguageOrder, before: Callable[[], None] = lambda: None) -> Product:
        if request.param == "make":
            return vendor.make(order, "film:1", before, tmp_path)
        heard: list[str] = []
        made = vendor.stream(order, "film:1", before, heard.append)
        assert "".join(heard) == made.text
        assert len(heard) > 1 or not made.text
        return made

    return ask


@pytest.fixture
def order(case: Case) -> Callable[..., LanguageOrder]:
    def build(**changes: Any) -> LanguageOrder:
        said = {
            "model": case.model,
            "instructions": "You write films.",
            "turns": (Turn(role="user", text="A film."),),
        }
        return LanguageOrder(**(said | changes))

    return build


def test_words_come_back_with_what_they_cost(server, answer, order):
    assert answer(order()) == Product(text=server.said, usage=USAGE)
    assert len(server.made) == 1


def test_the_whole_talk_travels_and_the_answer_is_bounded(case, server, answer, order):
    turns = (Turn(role="user", text="One."), Turn(role="assistant", text="Two."), Turn(role="user", text="Three."))
    answer(order(turns=turns, most_tokens=77))
    (_, asked), (call,) = server.made[0], server.seen
    said = asked["input"] if case.kind == "responses" else asked["messages"][1:]
    assert [(m["role"], m["content"]) for m in said] == [("user", "One."), ("assistant", "Two."), ("user", "Three.")]
    assert 77 in (asked.get("max_output_tokens"), asked.get("max_completion_tokens"), asked.get("max_tokens"))
    assert "You write films." in (asked.get("instructions"), asked.get("messages", [{}])[0].get("content"))
    assert call.headers["idempotency-key"] == "film:1"


def test_data_keeps_to_the_schema(server, answer, order):
    server.said = KEPT
    made = answer(order(schema=FORM, schema_name="film"))
    assert made.data == {"title": "Dusk", "scenes": [{"seconds": 2.5, "mood": None}]}
    assert made.usage == USAGE


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ('{"title": "Dusk", "scenes": [', "not JSON"),
        ('{"title": "Dusk", "scenes": [{"seconds": "2", "mood": null}]}', "scenes/0/seconds"),
        ('{"title": "Dusk"}', "scenes"),
        ('[{"title": "Dusk"}]', "at its top"),
        ("  \n ", "is empty"),
    ],
)
def test_data_that_does_not_keep_to_the_schema_is_refused_and_its_cost_known(server, answer, order, said, why):
    server.said = said
    with pytest.raises(errors.VendorRejected, match=why) as caught:
        answer(order(schema=FORM))
    assert isinstance(caught.value, wire.Billed)
    assert caught.value.usage == USAGE
    assert caught.value.remedy


def test_tools_are_called_with_arguments_that_keep_to_their_schema(server, answer, order):
    server.said, server.calls = "", [("find_music", '{"mood": "calm"}'), ("find_music", '{"mood": "wild at heart"}')]
    made = answer(order(tools=(SEARCH,)))
    assert made.calls == (
        ToolCall(id="call_0", name="find_music", arguments={"mood": "calm"}),
        ToolCall(id="call_1", name="find_music", arguments={"mood": "wild at heart"}),
    )
    assert made.data is None


@pytest.mark.parametrize("call", [("find_music", '{"moods": 1}'), ("delete_all", "{}"), ("find_music", '{"mood":')])
def test_a_call_that_makes_no_sense_is_refused_and_its_cost_known(server, answer, order, call):
    server.said, server.calls = "", [call]
    with pytest.raises(wire.BilledRejection) as caught:
        answer(order(tools=(SEARCH,)))
    assert caught.value.usage == USAGE


def test_pictures_are_shown_to_models_that_see(case, server, answer, order, tmp_path):
    picture = tmp_path / "still.jpg"
    Image.new("RGB", (8, 8), "red").save(picture, "PNG")  # the name lies
    answer(order(model=case.seeing, turns=(Turn(role="user", text="What is this?", images=(picture,)),)))
    assert "data:image/png;base64,iVBOR" in str(server.made[0][1])


def test_pictures_that_cannot_be_shown_stop_the_order_before_anything_is_sent(case, server, order, answer, tmp_path):
    words = tmp_path / "still.png"
    words.write_text("no picture")
    for image in (words, tmp_path / "none.png"):
        with pytest.raises(errors.BadMedia):
            answer(order(model=case.seeing, turns=(Turn(role="user", text="?", images=(image,)),)))
    blind = case.open(key=KEY, base_url=server.address, abilities=(("*", Ability(sees=False)),))
    with pytest.raises(errors.VendorRejected, match="does not look at pictures"):
        blind.make(order(turns=(Turn(role="user", text="?", images=(words,)),)), "k", lambda: None, tmp_path)
    assert not server.seen


def test_groqs_other_models_are_not_asked_to_be_strict_and_are_checked_all_the_same(tmp_path):
    with FakeGroq(said=KEPT) as server:
        order = LanguageOrder(
            model="qwen/qwen3.8-27b", instructions="", turns=(Turn(role="user", text="?"),), schema=FORM
        )
        assert GroqLanguage(key=KEY, base_url=server.address).make(order, "k", lambda: None, tmp_path).data
        assert server.made[0][1]["response_format"]["json_schema"]["strict"] is False
        assert server.made[0][1]["reasoning_format"] == "hidden"


@pytest.mark.parametrize(
    ("fault", "kind", "words"),
    [
        ("truncated", errors.VendorRejected, "4000 tokens"),
        ("filtered", errors.ModerationRefused, "filter"),
        ("refused", errors.ModerationRefused, "I cannot help"),
    ],
)
def test_an_answer_that_is_paid_for_and_no_use_tells_its_cost(case, server, answer, order, fault, kind, words):
    if fault == "refused":
        server.said = ""
    server.coming.append(f"{case.kind}:{fault}")
    with pytest.raises(kind, match=words) as caught:
        answer(order())
    assert isinstance(caught.value, wire.Billed)
    assert caught.value.usage == USAGE
    assert caught.value.remedy


def test_an_answer_that_failed_or_is_none_leaves_it_in_doubt(case, server, vendor, order, tmp_path):
    server.coming.append(f"{case.kind}:failed")
    with pytest.raises(errors.MaybeBought):
        vendor.make(order(), "k", lambda: None, tmp_path)


@pytest.mark.parametrize("fault", ["broken_stream", "unfinished_stream", "half", "slow"])
def test_a_stream_that_does_not_end_well_leaves_it_in_doubt(case, server, order, fault):
    impatient = case.open(key=KEY, base_url=server.address, patience=0.2)
    server.coming.append(f"{case.kind}:{fault}")
    heard: list[str] = []
    with pytest.raises(errors.MaybeBought) as caught:
        impatient.stream(order(), "k", lambda: None, heard.append)
    assert caught.value.remedy
    assert len(server.made) == 1


def test_whoever_listens_may_end_the_answer(vendor, order):
    def enough(_: str) -> None:
        raise errors.Cancelled("A person stopped it.")

    with pytest.raises(errors.Cancelled):
        vendor.stream(order(), "k", lambda: None, enough)


def test_a_server_of_ones_own_may_do_without_a_key(tmp_path):
    with FakeOpenAI(keyless=True) as server:
        own = CompatibleLanguage(key="", base_url=server.address, name="ollama", label="Ollama")
        order = LanguageOrder(model="llama3.2", instructions="", turns=(Turn(role="user", text="?"),))
        assert own.make(order, "k", lambda: None, tmp_path).text == server.said
        server.coming.append("chat:no_model")
        with pytest.raises(errors.VendorRejected, match="Ollama"):
            own.make(order, "k", lambda: None, tmp_path)
