"""How staff sign in, what keeps them signed in, and the log of what they did."""

from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import and_, bindparam, delete, func, select, update

from data.store.queue import QueueTx
from data.store.records import NotAllowed
from data.store.sql import POSTGRESQL, Query, Row, insert_into, upsert
from data.store.tables import metadata

AUDIT_LOCK = 7_301_946_119
LISTED_LINES = 200
READS_ALL = frozenset({"admin", "auditor"})

T = metadata.tables
credential, session, failure, line, staff = (
    T[name] for name in ("credential", "staff_session", "signin_failure", "audit", "staff")
)
Stage = Literal["first", "code", "in"]

SAVE_PASSWORD = upsert(
    "credential", ["staff_id"], "password_hash", "set_at", "one_time_until", "totp", "totp_step"
)
_mine = credential.c.staff_id == bindparam("of")
CREDENTIAL = Query(
    select(
        credential.c.password_hash,
        credential.c.set_at,
        credential.c.one_time_until,
        credential.c.totp,
        credential.c.totp_step,
    ).where(_mine)
)
SET_TOTP = Query(update(credential).where(_mine).values(totp_step=0), ["totp"])
SET_PASSWORD = Query(
    update(credential).where(_mine).values(one_time_until=None), ["password_hash", "set_at"]
)
USE_STEP = Query(
    update(credential)
    .where(_mine, credential.c.totp_step < bindparam("step"))
    .values(totp_step=bindparam("step"))
)

SESSION = (
    session.c.token_hash,
    session.c.staff_id,
    session.c.stage,
    session.c.created_at,
    session.c.seen_at,
    session.c.ends_at,
    session.c.device,
)
ADD_SESSION = insert_into(
    "staff_session", "token_hash", "staff_id", "stage", "created_at", "seen_at", "ends_at", "device"
)
_known = session.c.token_hash == bindparam("of")
GET_SESSION = Query(select(*SESSION).where(_known))
SEEN = Query(update(session).where(_known), ["seen_at"])
DROP_SESSION = Query(delete(session).where(_known))
SESSIONS_OF = Query(
    select(*SESSION)
    .where(session.c.staff_id == bindparam("of"), session.c.ends_at > bindparam("now"))
    .order_by(session.c.seen_at.desc(), session.c.token_hash)
)
DROP_OTHERS = Query(
    delete(session).where(
        session.c.staff_id == bindparam("of"), session.c.token_hash != bindparam("kept")
    )
)

SAVE_FAILURE = upsert("signin_failure", ["key_hash"], "count", "until_at")
FAILURES = Query(
    select(failure.c.count, failure.c.until_at).where(
        failure.c.key_hash == bindparam("of"), failure.c.until_at > bindparam("now")
    )
)
DROP_FAILURE = Query(delete(failure).where(failure.c.key_hash == bindparam("of")))

LAST_EVENT = Query(select(func.coalesce(func.max(T["case_event"].c.id), 0)))
LAST_NUMBER = Query(select(func.coalesce(func.max(T["case_file"].c.number), 0)))
ADD_LINE = insert_into("audit", "at", "staff_id", "act", "case_number", "body", "chain")
CHAINING = Query(select(func.pg_advisory_xact_lock(AUDIT_LOCK)))
LAST_CHAIN = Query(select(line.c.chain).order_by(line.c.id.desc()).limit(1))
LINES = (line.c.id, line.c.at, line.c.staff_id, line.c.act, line.c.case_number, line.c.body)
CHAIN_FROM = Query(
    select(*LINES, line.c.chain)
    .where(line.c.id > bindparam("after"))
    .order_by(line.c.id)
    .limit(1000)
)


@dataclass(frozen=True, slots=True)
class Credential:
    """`totp` is the secret of the second factor in base32, empty before there is one."""

    password_hash: str
    set_at: int
    one_time_until: int | None
    totp: str
    totp_step: int


@dataclass(frozen=True, slots=True)
class StaffSession:
    """`token_hash` names it; the token itself is known to the browser alone."""

    token_hash: str
    staff_id: str
    stage: Stage
    created_at: int
    seen_at: int
    ends_at: int
    device: str


@dataclass(frozen=True, slots=True)
class AuditLine:
    id: int
    at: int
    staff_id: str
    act: str
    case_number: int | None
    address: str
    detail: str


class ConsoleTx(QueueTx):
    # --- passwords and second factors ---

    def give_one_time_password(
        self, staff_id: str, password_hash: str, now: int, until: int
    ) -> None:
        """Instead of whatever they had: password, second factor and sessions are gone."""
        self._run(
            SAVE_PASSWORD,
            staff_id=staff_id,
            password_hash=password_hash,
            set_at=now,
            one_time_until=until,
            totp=None,
            totp_step=0,
        )
        self.drop_sessions(staff_id)

    def set_password(self, staff_id: str, password_hash: str, now: int) -> bool:
        """Their own from now on. False for who never had a one-time password."""
        return self._run(SET_PASSWORD, of=staff_id, password_hash=password_hash, set_at=now) == 1

    def set_totp(self, staff_id: str, secret: str) -> bool:
        sealed = self._keyring.seal(secret.encode(), f"credential.totp:{staff_id}")
        return self._run(SET_TOTP, of=staff_id, totp=sealed) == 1

    def use_totp_step(self, staff_id: str, step: int) -> bool:
        """False where a code of this half minute, or of a later one, was used before."""
        return self._run(USE_STEP, of=staff_id, step=step) == 1

    def credential(self, staff_id: str) -> Credential | None:
        row = self._one(CREDENTIAL, of=staff_id)
        if row is None:
            return None
        password_hash, set_at, until, totp, step = row
        secret = self._open_text(totp, f"credential.totp:{staff_id}")
        return Credential(password_hash, set_at, until, secret, step)

    # --- sessions ---

    def add_session(
        self, token: str, staff_id: str, stage: Stage, now: int, ends_at: int, device: str = ""
    ) -> None:
        self._run(
            ADD_SESSION,
            token_hash=self._token_hash(token),
            staff_id=staff_id,
            stage=stage,
            created_at=now,
            seen_at=now,
            ends_at=ends_at,
            device=device,
        )

    def session_by_token(self, token: str) -> StaffSession | None:
        """Also one that has ended by its time: that is for the caller to see."""
        row = self._one(GET_SESSION, of=self._token_hash(token))
        return None if row is None else StaffSession(*row)

    def csrf_of(self, token: str) -> str:
        """What every form of the session carries; nobody can make it without the key."""
        return self._keyring.lookup("staff_csrf", token)

    def see_session(self, token_hash: str, now: int) -> None:
        self._run(SEEN, of=token_hash, seen_at=now)

    def drop_session(self, token_hash: str) -> bool:
        return self._run(DROP_SESSION, of=token_hash) == 1

    def drop_sessions(self, staff_id: str, but: str = "") -> int:
        """All of this member's, or all but one; how many."""
        return self._run(DROP_OTHERS, of=staff_id, kept=but)

    def sessions_of(self, staff_id: str, now: int) -> list[StaffSession]:
        return [StaffSession(*row) for row in self._all(SESSIONS_OF, of=staff_id, now=now)]

    # --- lock-out ---

    def signin_failures(self, key: str, now: int) -> int:
        """Wrong tries that are not forgotten yet. `key` is text of the caller: an account, an address."""
        row = self._one(FAILURES, of=self._failure_key(key), now=now)
        return row[0] if row else 0

    def signin_failed(self, key: str, now: int, until: int) -> int:
        """Count one more, to be forgotten at `until`; how many."""
        count = self.signin_failures(key, now) + 1
        self._run(SAVE_FAILURE, key_hash=self._failure_key(key), count=count, until_at=until)
        return count

    def signin_succeeded(self, key: str) -> None:
        self._run(DROP_FAILURE, of=self._failure_key(key))

    # --- news for open pages ---

    def newest(self) -> tuple[int, int]:
        """The id of the newest event of any case and the number of the newest case; 0 where there is none."""
        event, number = self._one(LAST_EVENT), self._one(LAST_NUMBER)
        return event[0] if event else 0, number[0] if number else 0

    # --- the audit log ---

    def audit(
        self,
        now: int,
        staff_id: str,
        act: str,
        case_number: int | None = None,
        address: str = "",
        detail: str = "",
    ) -> None:
        """One more line. `detail` never holds what a resident said."""
        self.flush()
        if self._dialect == POSTGRESQL:
            self._one(CHAINING)
        last = self._one(LAST_CHAIN)
        body = self._seal_json({"address": address, "detail": detail}, _body_context(now, staff_id))
        row = (now, staff_id, act, case_number, body)
        chain = self._chain(last[0] if last else "", row)
        self._run(
            ADD_LINE,
            at=now,
            staff_id=staff_id,
            act=act,
            case_number=case_number,
            body=body,
            chain=chain,
        )

    def audit_lines(
        self,
        viewer: str,
        *,
        before: int | None = None,
        staff_id: str = "",
        act: str = "",
        case_number: int | None = None,
        limit: int = LISTED_LINES,
    ) -> list[AuditLine]:
        """The newest first: all for admins and auditors, for others what they did themselves."""
        member = self.staff_member(viewer)
        if member is None:
            raise NotAllowed("Only staff read the audit log.")
        wanted = []
        if member.role not in READS_ALL:
            wanted.append(line.c.staff_id == viewer)
        if before is not None:
            wanted.append(line.c.id < before)
        if staff_id:
            wanted.append(line.c.staff_id == staff_id)
        if act:
            wanted.append(line.c.act == act)
        if case_number is not None:
            wanted.append(line.c.case_number == case_number)
        listed = select(*LINES).where(and_(True, *wanted)).order_by(line.c.id.desc()).limit(limit)
        return [self._line(row) for row in self._all(Query(listed))]

    def audit_fault(self) -> int | None:
        """The id of the first line that was changed, or that stands where one was taken out; `None`: whole.

        Lines that were purged for their age are not missed.
        """
        chain, after, first = "", 0, True
        while rows := self._all(CHAIN_FROM, after=after):
            for row_id, *row, kept in rows:
                if not first and kept != self._chain(chain, tuple(row)):
                    return int(row_id)
                chain, after, first = kept, row_id, False
        return None

    # --- parts ---

    def _line(self, row: Row) -> AuditLine:
        line_id, at, who, act, number, sealed = row
        body: dict[str, Any] = self._open_json(sealed, _body_context(at, who))
        return AuditLine(line_id, at, who, act, number, body["address"], body["detail"])

    def _chain(self, before: str, row: Row) -> str:
        at, who, act, number, body = row
        text = f"{before}\0{at}\0{who}\0{act}\0{number}\0{bytes(body).hex()}"
        return self._keyring.lookup("audit", text)

    def _token_hash(self, token: str) -> str:
        return self._keyring.lookup("staff_session", token)

    def _failure_key(self, key: str) -> str:
        return self._keyring.lookup("signin_failure", key)


def _body_context(at: int, staff_id: str) -> str:
    return f"audit.body:{at}:{staff_id}"
