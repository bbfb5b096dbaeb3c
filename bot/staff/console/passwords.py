"""Passwords and second factors: how they are made and how they are checked."""

import hmac
from functools import cache

import pyotp
import segno
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from bot.chance import Chance
from data.store import DAY_MS, Tx

HASHER = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)
"""OWASP's least parameters for argon2id: 19 MiB and two rounds."""
ONE_TIME_MS = 7 * DAY_MS
LEAST_CHARACTERS, MOST_CHARACTERS = 12, 200
LEAST_DIFFERENT = 5
STEP_MS = 30_000
DRIFT = 1
"""Half minutes that a telephone's clock may be off, either way."""
ISSUER = "Anbu"


def issue(tx: Tx, staff_id: str, now: int, chance: Chance) -> str:
    """A one-time password, in the clear here only; what they signed in with before is gone."""
    letters = chance.id()
    password = "-".join(letters[first : first + 4] for first in range(0, 16, 4))
    tx.give_one_time_password(staff_id, HASHER.hash(password), now, now + ONE_TIME_MS)
    return password


def matches(password_hash: str, password: str) -> bool:
    """Takes its time also where there is no hash, so that nobody learns who is of the staff."""
    try:
        return HASHER.verify(password_hash or _nobody(), password) and bool(password_hash)
    except (VerificationError, InvalidHashError):
        return False


@cache
def _nobody() -> str:
    return HASHER.hash("nobody's password")


def fault_of(password: str, name: str) -> tuple[str, str] | None:
    """What is wrong with a new password, in Korean and English."""
    if len(password) < LEAST_CHARACTERS:
        return (
            f"비밀번호는 {LEAST_CHARACTERS}자 이상이어야 해요. 낱말 서너 개를 이어 보세요.",
            f"A password has {LEAST_CHARACTERS} characters or more. Try three or four words.",
        )
    if len(password) > MOST_CHARACTERS:
        return ("비밀번호가 너무 길어요.", "The password is too long.")
    if name in password or len(set(password)) < LEAST_DIFFERENT:
        return (
            "이름이나 같은 글자의 되풀이는 쓸 수 없어요.",
            "Not your name, nor one letter again and again.",
        )
    return None


def new_secret() -> str:
    return pyotp.random_base32()


def step_of(secret: str, code: str, now: int) -> int | None:
    """The half minute whose code this is; `None` for a wrong one."""
    digits = "".join(filter(str.isdigit, code))
    if not secret or not digits.isascii():
        return None
    otp = pyotp.TOTP(secret)
    current = now // STEP_MS
    for step in range(current - DRIFT, current + DRIFT + 1):
        if hmac.compare_digest(otp.generate_otp(step), digits):
            return step
    return None


def qr_svg(secret: str, name: str) -> str:
    """For an authenticator app; dark on white whatever the page's colours."""
    uri = pyotp.TOTP(secret).provisioning_uri(name=name, issuer_name=ISSUER)
    drawn: str = segno.make(uri, error="m").svg_inline(scale=5, dark="#000", light="#fff", border=3)
    return drawn
