"""Settings from the environment (`ANBU_…`) and `.env`. A wrong value stops the start with a hint."""

import os
import secrets
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from pydantic import Field, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

KEY_FILE = "secret.key"
KEY_BYTES = 32


class BadSetting(ValueError):
    """Which setting is wrong, and what to do about it, in one sentence."""


class Settings(BaseSettings):
    """Every setting of the service; the README's table is tested against these descriptions."""

    model_config = SettingsConfigDict(
        env_prefix="ANBU_", env_file=".env", extra="ignore", frozen=True, env_ignore_empty=True
    )

    database_url: str = Field(
        "sqlite:///var/anbu.db", description="Where the store is: SQLite file or PostgreSQL URL."
    )
    secret_key: str = Field(
        "",
        description="Key of encryption and look-ups, 32 characters or more; made under var/ if empty.",
    )
    var_dir: Path = Field(Path("var"), description="Folder for the store, the key and caches.")
    env: Literal["development", "production"] = Field(
        "development", description="In production a key must be set and ANBU_NOW is refused."
    )
    host: str = Field("127.0.0.1", description="Address that the service listens on.")
    port: int = Field(8080, ge=0, le=65535, description="Port that the service listens on.")
    office_phone: str = Field("129", description="Telephone that residents are given for the team.")
    public_url: str = Field(
        "", description="Where the world reaches this service, as https://…; for webhooks."
    )
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(
        "INFO", description="How much is written to the log."
    )
    telegram_token: str = Field("", description="Bot token; Telegram starts when it is set.")
    telegram_base_url: str = Field(
        "https://api.telegram.org", description="Bot API server, for a local one or tests."
    )
    telegram_mode: Literal["polling", "webhook"] = Field(
        "polling", description="How updates arrive: we ask for them, or Telegram posts them."
    )
    telegram_webhook_secret: str = Field(
        "", description="Secret that Telegram sends in its header; needed for webhook mode."
    )
    now: datetime | None = Field(
        None, description="Tests only: the time stands still there. Refused in production."
    )

    @field_validator("database_url")
    @classmethod
    def _known_store(cls, url: str) -> str:
        if not url.startswith(("sqlite:///", "postgresql://", "postgresql+psycopg://")):
            raise ValueError("must begin with sqlite:/// or postgresql://")
        return url

    @field_validator("secret_key")
    @classmethod
    def _long_enough(cls, key: str) -> str:
        if key and len(key) < KEY_BYTES:
            raise ValueError(f"must have {KEY_BYTES} characters or more")
        return key

    @field_validator("now")
    @classmethod
    def _aware(cls, now: datetime | None) -> datetime | None:
        return now.replace(tzinfo=UTC) if now and now.tzinfo is None else now


def load_settings() -> Settings:
    """Read and check the settings. Raises BadSetting."""
    try:
        settings = Settings()
    except ValidationError as error:
        first = error.errors()[0]
        name = f"ANBU_{str(first['loc'][0]).upper()}"
        raise BadSetting(
            f"{name} is wrong: {first['msg'].removeprefix('Value error, ')}."
        ) from error
    _check_names()
    if settings.env == "production" and settings.now:
        raise BadSetting("ANBU_NOW is for tests; remove it in production.")
    if settings.env == "production" and not settings.secret_key:
        raise BadSetting("ANBU_SECRET_KEY is missing; in production set a key of your own.")
    if settings.telegram_mode == "webhook" and settings.telegram_token:
        for name in ("telegram_webhook_secret", "public_url"):
            if not getattr(settings, name):
                raise BadSetting(f"ANBU_{name.upper()} is missing; webhook mode needs it.")
    return settings


def _check_names() -> None:
    known = {f"ANBU_{name.upper()}" for name in Settings.model_fields}
    strange = sorted(n for n in os.environ if n.startswith("ANBU_") and n not in known)
    if strange:
        raise BadSetting(f"{strange[0]} is no setting; the README lists them. Is it misspelt?")


def secret_of(settings: Settings) -> bytes:
    """The key: from the setting, or from a file that only its owner can read, made at first need."""
    if settings.secret_key:
        return settings.secret_key.encode()
    path = settings.var_dir / KEY_FILE
    if not path.exists():
        settings.var_dir.mkdir(parents=True, exist_ok=True)
        part = path.with_suffix(".part")
        descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(secrets.token_hex(KEY_BYTES))
        os.link(part, path) if not path.exists() else None
        part.unlink()
    return path.read_text(encoding="ascii").strip().encode()
