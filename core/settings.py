"""Every setting, its default, its range and its reason: the only reader of the environment."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Self, get_args

from pydantic import Field, SecretStr, ValidationError, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from core.domain.catalogue import Kind
from core.domain.errors import BadInput
from core.domain.tasks import Recovery

ROOT = Path(__file__).parents[1]
KINDS: tuple[str, ...] = get_args(Kind)


class Settings(BaseSettings):
    """Read once at start and passed down; frozen."""

    model_config = SettingsConfigDict(
        env_prefix="REPRISE_", env_file=ROOT / ".env", extra="ignore", frozen=True, populate_by_name=True
    )

    data_dir: Path = Field(default=Path("data/local"), description="Where the database and the media lie.")
    database_url: str = Field(
        default="", description="Address of the database: sqlite:///… or postgresql://…; empty: in the data directory."
    )
    workers: int = Field(
        default=2, ge=1, le=16, description="Steps done at the same time; one for each core is a good number."
    )
    max_upload_mb: int = Field(default=500, ge=1, le=4096, description="Largest sample, in megabytes.")
    max_image_mb: int = Field(default=25, ge=1, le=200, description="Largest image, in megabytes.")
    max_sample_seconds: float = Field(default=60, ge=5, le=60, description="Longest sample, in seconds.")
    min_free_mb: int = Field(
        default=300, ge=0, le=100_000, description="Free disk space, in megabytes, below which no step starts."
    )
    broker_url: str = Field(
        default="",
        description="Address of the queue of many machines (redis://… or amqp://…); empty means this process alone.",
    )
    storage: str = Field(
        default="",
        pattern="^(s3://[^/]+(/.*)?)?$",
        description="Where media lies: s3://bucket/prefix; empty means the data directory. Keys: AWS_ACCESS_KEY_ID …",
    )
    s3_endpoint_url: str = Field(default="", description="Address of an S3 that is not Amazon's (R2, MinIO).")
    s3_region: str = Field(default="", description="Region of the bucket; empty means AWS_DEFAULT_REGION.")
    cache_mb: int = Field(
        default=20_000, ge=500, le=10_000_000, description="Megabytes of S3 files that are kept on this machine."
    )
    at_vendors: int = Field(
        default=8, ge=1, le=10_000, description="Tasks under way at vendors at once, in all (5 to 10 is usual)."
    )
    at_vendor: str = Field(
        default="", description="The same for single vendors: runway=3,videos=5; 4 for those not named."
    )
    cap_project_usd: Decimal | None = Field(default=None, ge=0, description="Most a project may cost; empty: no limit.")
    cap_user_usd: Decimal | None = Field(default=None, ge=0, description="Most a user may spend; empty: no limit.")
    cap_month_usd: Decimal | None = Field(
        default=None, ge=0, description="Most that may be spent in a calendar month (UTC); empty: no limit."
    )
    cap_workspace_usd: Decimal | None = Field(
        default=None, ge=0, description="Most that may be spent here at all; empty: no limit."
    )
    settle_seconds: float = Field(
        default=30,
        ge=1,
        le=600,
        description="Seconds after which an order that a vendor's list does not show has never arrived there.",
    )
    videos_base_url: str = Field(
        default="", description="Address of a server that speaks /v1/videos, with its /v1: https://host/v1"
    )
    videos_api_key: SecretStr = Field(default=SecretStr(""), description="Its key, where it wants one.")
    videos_models: str = Field(
        default="", description="Its models with US dollars a second: wan-2.6=0.05,minimax/h3=0.072"
    )
    videos_recovery: Recovery = Field(
        default=Recovery.SEARCH,
        description="How lost answers are found again there: key (idempotency keys), search (its list) or none.",
    )
    videos_seconds: str = Field(default="4,8,12", description="Lengths that its models film, in seconds.")
    runwayml_api_secret: SecretStr = Field(
        default=SecretStr(""), validation_alias="RUNWAYML_API_SECRET", description="Key of Runway."
    )
    runwayml_base_url: str = Field(
        default="", validation_alias="RUNWAYML_BASE_URL", description="Another address of Runway."
    )
    replicate_api_token: SecretStr = Field(
        default=SecretStr(""), validation_alias="REPLICATE_API_TOKEN", description="Key of Replicate."
    )
    replicate_base_url: str = Field(
        default="", validation_alias="REPLICATE_BASE_URL", description="Another address of Replicate."
    )
    gemini_api_key: SecretStr = Field(
        default=SecretStr(""), validation_alias="GEMINI_API_KEY", description="Key of Google's Gemini API (Omni)."
    )
    google_gemini_base_url: str = Field(
        default="", validation_alias="GOOGLE_GEMINI_BASE_URL", description="Another address of it."
    )
    google_cloud_project: str = Field(
        default="", validation_alias="GOOGLE_CLOUD_PROJECT", description="Project at Google Cloud, for Veo on Vertex."
    )
    google_cloud_location: str = Field(
        default="us-central1", validation_alias="GOOGLE_CLOUD_LOCATION", description="Where Vertex runs it."
    )
    google_vertex_base_url: str = Field(
        default="", validation_alias="GOOGLE_VERTEX_BASE_URL", description="Another address of Vertex."
    )
    openai_api_key: SecretStr = Field(
        default=SecretStr(""), validation_alias="OPENAI_API_KEY", description="Key of OpenAI."
    )
    openai_base_url: str = Field(
        default="", validation_alias="OPENAI_BASE_URL", description="Another address of OpenAI, with its /v1."
    )
    groq_api_key: SecretStr = Field(default=SecretStr(""), validation_alias="GROQ_API_KEY", description="Key of Groq.")
    groq_base_url: str = Field(default="", validation_alias="GROQ_BASE_URL", description="Another address of Groq.")
    elevenlabs_api_key: SecretStr = Field(
        default=SecretStr(""), validation_alias="ELEVENLABS_API_KEY", description="Key of ElevenLabs."
    )
    elevenlabs_base_url: str = Field(
        default="", validation_alias="ELEVENLABS_BASE_URL", description="Another address of ElevenLabs."
    )
    language_base_url: str = Field(
        default="",
        description="Address of a language server that speaks like OpenAI (Ollama, vLLM): http://host:11434/v1",
    )
    language_api_key: SecretStr = Field(default=SecretStr(""), description="Its key, where it wants one.")
    language_models: str = Field(
        default="",
        description="Its models with US dollars for a million tokens that go in and come out: qwen3=0/0,big=0.5/1.5",
    )
    crew: str = Field(
        default="",
        description="Models of new films: video=runway/gen4.5,still=replicate/…,speech=elevenlabs/…,music=…,"
        "effect=…,language=openai/gpt-6-luna,transcription=…; what is not named is made on this machine.",
    )
    prices: str = Field(
        default="",
        description="Prices in US dollars a unit where the catalogue knows none or yours are others: "
        "replicate/owner/name=0.05; in and out for tokens: openai/some-model=1/5; of a model that is not in the "
        "catalogue with its kind of work: still:replicate/owner/name=0.05",
    )
    public_url: str = Field(
        default="",
        pattern="^(https?://.*)?$",
        description="Where vendors reach this app, so that they can say when something is finished: https://films.me",
    )
    review_above_usd: Decimal | None = Field(
        default=None, ge=0, description="A film that costs more is reviewed before it is approved; empty: no limit."
    )
    review_categories: str = Field(
        default="", description="Categories whose films are reviewed before they are approved: finance,health"
    )
    smtp_url: SecretStr = Field(
        default=SecretStr(""),
        description="Server that sends mail: smtps://user:password@host or smtp://host:587; empty: no mail is sent.",
    )
    mail_from: str = Field(default="", description="Sender of mail: Reprise <reprise@host>")
    send_inside: bool = Field(
        default=False,
        description="Whether events may be sent to addresses of this machine and network too, also without https.",
    )
    certificate: str = Field(
        default="",
        description="PEM file of the certificate that signs films (C2PA), the signer first; empty: a development one.",
    )
    certificate_key: str = Field(default="", description="File of its private key, PEM, without a password.")
    timestamp_url: str = Field(
        default="",
        pattern="^(https?://.*)?$",
        description="Authority (RFC 3161) that stamps the time of signing; empty: nobody is asked.",
    )
    log_level: str = Field(
        default="INFO", pattern="^(DEBUG|INFO|WARNING|ERROR)$", description="DEBUG, INFO, WARNING or ERROR."
    )

    @field_validator(
        "review_above_usd", "cap_project_usd", "cap_user_usd", "cap_month_usd", "cap_workspace_usd", mode="before"
    )
    @classmethod
    def _empty_is_none(cls, value: object) -> object:
        return None if value == "" else value

    @field_validator("at_vendor", "videos_models", "videos_seconds", "language_models", "prices", "crew")
    @classmethod
    def _readable(cls, value: str, info: ValidationInfo) -> str:
        READERS.get(info.field_name or "", _amounts)(value)
        return value

    @property
    def vendor_caps(self) -> dict[str, int]:
        """Tasks that may be under way at single vendors."""
        return {name: int(number) for name, number in _amounts(self.at_vendor).items()}

    @property
    def videos_prices(self) -> dict[str, Decimal]:
        """US dollars a second of each model of the /v1/videos server."""
        return _amounts(self.videos_models)

    @property
    def videos_lengths(self) -> tuple[int, ...]:
        """Seconds that its models film."""
        return _whole_numbers(self.videos_seconds)

    @property
    def language_prices(self) -> dict[str, tuple[Decimal, Decimal | None]]:
        """US dollars for a million tokens in and out of each model of the language server."""
        return _prices(self.language_models)

    @property
    def own_prices(self) -> dict[str, tuple[Decimal, Decimal | None]]:
        """US dollars a unit, or for a million tokens in and out, by the model's id."""
        return _prices(self.prices)

    @property
    def crew_models(self) -> dict[str, str]:
        """The model of each kind of work for new films, where one is named."""
        return _crew(self.crew)

    @property
    def reviewed_categories(self) -> frozenset[str]:
        """Categories whose films are reviewed."""
        return frozenset(filter(None, (name.strip().lower() for name in self.review_categories.split(","))))

    @property
    def home(self) -> Path:
        """The data directory, absolute."""
        return self.data_dir if self.data_dir.is_absolute() else ROOT / self.data_dir

    @property
    def database(self) -> str:
        """Address of the database."""
        return self.database_url or f"sqlite:///{self.home / 'reprise.db'}"

    @classmethod
    def read(cls) -> Self:
        """Settings from the environment and `.env`; BadInput lists every fault at once."""
        try:
            return cls()
        except ValidationError as error:
            faults = "; ".join(f"{_variable(str(e['loc'][0]))}: {e['msg']}" for e in error.errors())
            raise BadInput(
                f"The settings have faults: {faults}.", "Correct them in the environment or .env."
            ) from error


def _amounts(text: str) -> dict[str, Decimal]:
    """`a=1,b=0.5` as amounts by name; ValueError says what is wrong."""
    found: dict[str, Decimal] = {}
    for part in filter(None, (p.strip() for p in text.split(","))):
        name, _, amount = part.rpartition("=")
        try:
            number = Decimal(amount)
        except InvalidOperation:
            number = Decimal(-1)
        if not name or not number.is_finite() or number < 0:
            raise ValueError(f"“{part}” should look like name=0.05")
        found[name.strip()] = number
    return found


def _prices(text: str) -> dict[str, tuple[Decimal, Decimal | None]]:
    """`a=1,b=0.5/2` as prices in, and out where one is named; ValueError says what is wrong."""
    found: dict[str, tuple[Decimal, Decimal | None]] = {}
    for part in filter(None, (p.strip() for p in text.split(","))):
        name, _, amounts = part.rpartition("=")
        price, _, out = amounts.partition("/")
        said = [*_amounts(f"{name}={price}").items(), *(_amounts(f"{name}={out}").items() if out else ())]
        found[said[0][0]] = (said[0][1], said[1][1] if out else None)
    return found


def _crew(text: str) -> dict[str, str]:
    """`still=a/b,speech=c/d` as models by kind of work; ValueError says what is wrong."""
    found: dict[str, str] = {}
    for part in filter(None, (p.strip() for p in text.split(","))):
        kind, _, model = part.partition("=")
        if kind.strip() not in KINDS or not model.strip():
            raise ValueError(f"“{part}” should look like still=vendor/model, with one of {', '.join(KINDS)}")
        found[kind.strip()] = model.strip()
    return found


def _whole_numbers(text: str) -> tuple[int, ...]:
    """`4,8,12` as numbers in order."""
    found = tuple(sorted(int(p) for p in text.split(",")))
    if found[0] <= 0:
        raise ValueError("lengths are whole seconds above 0")
    return found


READERS: dict[str, Callable[[str], object]] = {
    "videos_seconds": _whole_numbers,
    "language_models": _prices,
    "prices": _prices,
    "crew": _crew,
}


def _variable(name: str) -> str:
    """The environment variable of a setting."""
    field = Settings.model_fields.get(name.lower())
    alias = field.validation_alias if field else None
    return str(alias) if alias else name if name.isupper() else f"REPRISE_{name.upper()}"


def example() -> str:
    """The text of `.env.example`, generated from the settings."""
    lines = ["# Every setting of Reprise with its default. Copy to .env and change what you need.", ""]
    for name, field in Settings.model_fields.items():
        default = field.default.get_secret_value() if isinstance(field.default, SecretStr) else field.default
        lines += [f"# {field.description}", f"#{_variable(name)}={'' if default is None else default}", ""]
    return "\n".join(lines)
