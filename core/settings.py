"""Every setting, its default, its range and its reason: the only reader of the environment."""

from __future__ import annotations

from pathlib import Path
from typing import Self

from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from core.domain.errors import BadInput

ROOT = Path(__file__).parents[1]


class Settings(BaseSettings):
    """Read once at start and passed down; frozen."""

    model_config = SettingsConfigDict(env_prefix="REPRISE_", env_file=ROOT / ".env", extra="ignore", frozen=True)

    data_dir: Path = Field(default=Path("data/local"), description="Where the database and the media lie.")
    database_url: str = Field(
        default="", description="Address of the database (sqlite:///…); empty means one in the data directory."
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
    log_level: str = Field(
        default="INFO", pattern="^(DEBUG|INFO|WARNING|ERROR)$", description="DEBUG, INFO, WARNING or ERROR."
    )

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
            faults = "; ".join(f"REPRISE_{'_'.join(map(str, e['loc'])).upper()}: {e['msg']}" for e in error.errors())
            raise BadInput(
                f"The settings have faults: {faults}.", "Correct them in the environment or .env."
            ) from error


def example() -> str:
    """The text of `.env.example`, generated from the settings."""
    lines = ["# Every setting of Reprise with its default. Copy to .env and change what you need.", ""]
    for name, field in Settings.model_fields.items():
        lines += [f"# {field.description}", f"#REPRISE_{name.upper()}={field.default}", ""]
    return "\n".join(lines)
