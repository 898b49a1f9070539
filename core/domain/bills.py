"""What an order that is answered at once costs: at most, before it is made, and really, by what the vendor counted."""

from __future__ import annotations

from decimal import ROUND_UP, Decimal

from core.domain.catalogue import ModelCard
from core.domain.errors import UnknownPrice
from core.domain.orders import LanguageOrder, SoundOrder, SpeechOrder, StillOrder, TranscriptOrder, Usage

Order = StillOrder | SpeechOrder | TranscriptOrder | SoundOrder | LanguageOrder

MILLION = Decimal(1_000_000)
BYTES_PER_TOKEN = 2
"""At least so many, over the languages and tokenizers of the catalogue; English has four."""
TURN_TOKENS = 20
"""That a message costs beside its text."""
IMAGE_TOKENS = 3_000
"""That a model which sees reads from a picture, at the most: 1,536 is what OpenAI's count for one, others fewer."""
STILL_TOKENS = 3_500
"""That an image model writes for one picture at our quality (medium): 1,584 for OpenAI's standard sizes, and about
in proportion to the pixels where the size is free; 1088×1920 is the largest that is asked for."""
LETTERS_PER_SECOND = 9.0
"""Of a slow voice."""
LEAST_SECONDS = 10.0
"""What transcription is billed for at least (Groq)."""


def most_usage(order: Order) -> Usage:
    """What the vendor may count for the order at the most."""
    match order:
        case SpeechOrder():
            return Usage(characters=len(order.text), seconds=2 + len(order.text) / LETTERS_PER_SECOND / order.rate)
        case TranscriptOrder():
            return Usage(seconds=max(order.seconds, LEAST_SECONDS))
        case SoundOrder():
            return Usage(seconds=order.seconds)
        case StillOrder():
            read = _tokens(order.prompt) + IMAGE_TOKENS * len(order.references)
            return Usage(tokens_in=read, tokens_out=STILL_TOKENS, images=1)
        case LanguageOrder():
            texts = [order.instructions, *(turn.text for turn in order.turns), str(order.schema or "")]
            texts += [f"{tool.name} {tool.description} {tool.parameters}" for tool in order.tools]
            images = sum(len(turn.images) for turn in order.turns)
            read = sum(map(_tokens, texts)) + TURN_TOKENS * len(texts) + IMAGE_TOKENS * images
            return Usage(tokens_in=read, tokens_out=order.most_tokens)


def units(card: ModelCard, usage: Usage) -> Decimal | None:
    """How many of the card's units that is; None when the vendor did not count what it bills by."""
    match card.unit:
        case "character":
            return None if usage.characters is None else Decimal(usage.characters)
        case "second":
            return None if usage.seconds is None else Decimal(str(usage.seconds))
        case "minute":
            return None if usage.seconds is None else Decimal(str(usage.seconds)) / 60
        case "hour":
            return None if usage.seconds is None else Decimal(str(usage.seconds)) / 3600
        case "million tokens":
            return None if usage.tokens_in is None else Decimal(usage.tokens_in) / MILLION
        case _:
            return Decimal(1)  # a piece: a still, an effect, a script


def bill(card: ModelCard, usage: Usage) -> Decimal | None:
    """US dollars, rounded up to the micro-dollar; None when the vendor did not count what it bills by.

    UnknownPrice when nobody knows what the model costs.
    """
    count = units(card, usage)
    if count is None:
        return None
    amount = card.known_price * count
    if card.unit == "million tokens":
        if card.price_out is None:
            raise UnknownPrice(f"No price is known for what {card.label} answers.")
        amount += card.price_out * Decimal(usage.tokens_out or 0) / MILLION
    return amount.quantize(Decimal("0.000001"), ROUND_UP)


def most(card: ModelCard, order: Order) -> Decimal:
    """US dollars that the order costs at the most, as far as anybody can know. UnknownPrice."""
    amount = bill(card, most_usage(order))
    if amount is None:
        raise UnknownPrice(f"It is not known what {card.label} costs for this.")
    return amount


def _tokens(text: str) -> int:
    """Tokens that a text is at the most."""
    return len(text.encode("utf8", "surrogatepass")) // BYTES_PER_TOKEN + 1
