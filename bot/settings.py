"""Settings from the environment (`ANBU_…`) and `.env`. A wrong value stops the start with a hint."""

import os
import re
import secrets
from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import parseaddr
from pathlib import Path
from typing import Literal

from pydantic import Field, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from bot.relay import relay_of

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
    nlu_url: str = Field(
        "",
        description="A Rasa server, as http://127.0.0.1:5005; it is asked first, the engine inside the bot is its net.",
    )
    nlu_token: str = Field("", description="Token of the Rasa server; `make rasa` reads it too.")
    nlu_budget_ms: int = Field(
        300, ge=50, le=5000, description="Milliseconds that the Rasa server has for a text."
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
    telegram_per_second: int = Field(
        27,
        ge=1,
        le=1000,
        description="Messages a second to Telegram; more than 27 only where it has allowed them.",
    )
    smtp_url: str = Field(
        "",
        description="Mail server, as smtp://user:password@host:587?starttls=1 or smtps://…; e-mail starts when it is set.",
    )
    smtp_from: str = Field(
        "", description="Address that e-mail comes from, as “안부 <anbu@example.kr>”."
    )
    kakao_secret: str = Field(
        "",
        description="Secret that KakaoTalk's skill sends in the header X-Anbu-Secret; POST /webhooks/kakao/skill opens when it is set.",
    )
    kakao_block_id: str = Field(
        "",
        description="The KakaoTalk block that holds the skill; with it buttons bring their payload back, without it their title.",
    )
    kakao_api_url: str = Field(
        "https://bot-api.kakao.com",
        description="KakaoTalk's bot API, for tests; callbacks go there and to kakao.com alone.",
    )
    kakao_bot_id: str = Field(
        "", description="Id of the KakaoTalk bot, for messages that we begin."
    )
    kakao_rest_key: str = Field(
        "",
        description="REST API key of the app at Kakao Developers; with it and the bot's id we may begin.",
    )
    kakao_event: str = Field(
        "anbu", description="Name of the event block that shows event.data.text."
    )
    sms_url: str = Field(
        "",
        description="SMS gateway with Kannel's sendsms parameters, as http://host:13013/cgi-bin/sendsms; SMS starts when it is set.",
    )
    sms_user: str = Field("", description="User name at the SMS gateway.")
    sms_password: str = Field("", description="Password at the SMS gateway.")
    sms_from: str = Field("", description="Registered number that SMS come from.")
    sms_secret: str = Field(
        "",
        description="Secret of the SMS gateway, in the header X-Anbu-Secret or as ?secret=…; /webhooks/sms/inbound opens when it is set.",
    )
    sms_report_url: str = Field(
        "",
        description="Where the SMS gateway reaches this service with reports of delivery, as http://127.0.0.1:8080; empty: ANBU_PUBLIC_URL.",
    )
    push_service: str = Field(
        "",
        description="A push service of your own beside those of the browsers' makers, as https://push.example.kr.",
    )
    solapi_key: str = Field(
        "",
        description="API key at SOLAPI; with it SMS go there instead of to a gateway, and approved texts as 알림톡.",
    )
    solapi_secret: str = Field("", description="API secret at SOLAPI.")
    solapi_channel: str = Field(
        "", description="Id of the KakaoTalk channel at SOLAPI (pfId) that 알림톡 come from."
    )
    solapi_templates: Path | None = Field(
        None,
        description="YAML file of approved 알림톡: a list of id and text, #{…} for what changes.",
    )
    solapi_url: str = Field("https://api.solapi.com", description="SOLAPI's root, for tests.")
    signals_secret: str = Field(
        "",
        description="Secret that signs batches of signs of life; POST /signals/activity opens when it is set.",
    )
    signals_dir: Path | None = Field(
        None, description="Folder where carriers drop CSV files of signs of life."
    )
    heartbeat_url: str = Field(
        "",
        description="Watchdog that is asked once a minute while the check-in runs, and calls somebody when it is not.",
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

    @field_validator("smtp_url")
    @classmethod
    def _known_relay(cls, url: str) -> str:
        if url:
            relay_of(url)
        return url

    @field_validator("smtp_from")
    @classmethod
    def _mail_address(cls, sender: str) -> str:
        if sender and "@" not in parseaddr(sender)[1].strip("@"):
            raise ValueError("must be an e-mail address, or a name and one in <>")
        return sender

    @field_validator(
        "nlu_url", "sms_url", "sms_report_url", "heartbeat_url", "kakao_api_url", "push_service"
    )
    @classmethod
    def _web_address(cls, url: str) -> str:
        if url and not re.match(r"https?://[^/\s]", url):
            raise ValueError("must begin with http:// or https://")
        return url

    @field_validator("signals_dir")
    @classmethod
    def _folder(cls, path: Path | None) -> Path | None:
        if path and path.exists() and not path.is_dir():
            raise ValueError("must be a folder")
        return path

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
    if settings.env == "production" and 0 < len(settings.signals_secret) < KEY_BYTES:
        raise BadSetting(f"ANBU_SIGNALS_SECRET is short; take {KEY_BYTES} characters or more.")
    if bool(settings.kakao_bot_id) != bool(settings.kakao_rest_key):
        raise BadSetting("ANBU_KAKAO_BOT_ID and ANBU_KAKAO_REST_KEY belong together; set both.")
    if settings.solapi_key and not (settings.solapi_secret and settings.sms_from):
        raise BadSetting("ANBU_SOLAPI_KEY needs ANBU_SOLAPI_SECRET and ANBU_SMS_FROM.")
    if settings.solapi_key and settings.sms_url:
        raise BadSetting("ANBU_SOLAPI_KEY and ANBU_SMS_URL are two ways for SMS; set one.")
    if settings.smtp_url and not settings.smtp_from:
        raise BadSetting("ANBU_SMTP_FROM is missing; e-mail needs an address to come from.")
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
    return made_once(settings.var_dir / KEY_FILE, lambda: secrets.token_hex(KEY_BYTES)).encode()


def made_once(path: Path, make: Callable[[], str]) -> str:
    """What stands in a file that only its owner can read, made at first need."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_suffix(".part")
        descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(make())
        os.link(part, path) if not path.exists() else None
        part.unlink()
    return path.read_text(encoding="ascii").strip()
