"""A real aiosmtpd on loopback that keeps what it takes, and fails on order."""

import asyncio
import datetime as dt
import ipaddress
import ssl
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

HANG, DROP = "hang", "drop"
"""Orders beside answers: to say nothing, to cut the line."""


@dataclass
class Mailbox:
    """`orders` are answers for the next commands of a name: "RCPT", "MAIL", "DATA"."""

    url: str = ""
    mails: list[EmailMessage] = field(default_factory=list)
    tos: list[str] = field(default_factory=list)
    logins: list[str] = field(default_factory=list)
    secure: list[bool] = field(default_factory=list)
    sessions: int = 0
    orders: dict[str, list[str]] = field(default_factory=dict)

    def order(self, command: str, *answers: str) -> None:
        self.orders.setdefault(command, []).extend(answers)

    def subjects(self) -> list[str]:
        return [str(mail["Subject"]) for mail in self.mails]

    async def handle_EHLO(
        self, server: SMTP, session: Any, envelope: Any, hostname: str, responses: list[str]
    ) -> list[str]:
        self.sessions += 1
        session.host_name = hostname
        return responses

    async def handle_MAIL(
        self, server: SMTP, session: Any, envelope: Any, address: str, options: list[str]
    ) -> str:
        if refusal := await self._ordered("MAIL", server):
            return refusal
        envelope.mail_from = address
        return "250 OK"

    async def handle_RCPT(
        self, server: SMTP, session: Any, envelope: Any, address: str, options: list[str]
    ) -> str:
        if refusal := await self._ordered("RCPT", server):
            return refusal
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Any, envelope: Any) -> str:
        refusal = await self._ordered("DATA", server)
        if refusal and refusal[0] in "45":
            return refusal
        mail = message_from_bytes(envelope.content, policy=policy.default)
        assert isinstance(mail, EmailMessage)
        self.mails.append(mail)
        self.tos += envelope.rcpt_tos
        self.secure.append(session.ssl is not None)
        if refusal:
            await self._cut(server)
        return "250 Accepted"

    async def _ordered(self, command: str, server: SMTP) -> str:
        waiting = self.orders.get(command, [])
        answer = waiting.pop(0) if waiting else ""
        if answer == HANG:
            await asyncio.sleep(3600)
        if answer == DROP:
            await self._cut(server)
        return answer

    async def _cut(self, server: SMTP) -> None:
        assert server.transport is not None
        server.transport.abort()
        await asyncio.sleep(3600)

    def login(self, server: SMTP, session: Any, envelope: Any, way: str, data: Any) -> AuthResult:
        assert isinstance(data, LoginPassword)
        self.logins.append(data.login.decode())
        good = data == LoginPassword(b"anbu", "비밀 번호".encode())
        return AuthResult(success=good, handled=good)


@asynccontextmanager
async def smtp_server(
    tls: ssl.SSLContext | None = None, *, whole: bool = False, auth: bool = False
) -> AsyncIterator[Mailbox]:
    """`tls` is offered by STARTTLS and wanted, or is there from the start with `whole`."""
    box, open_lines = Mailbox(), set[SMTP]()

    def line() -> SMTP:
        server = SMTP(
            box,
            hostname="mail.test",
            loop=asyncio.get_running_loop(),
            tls_context=None if whole else tls,
            require_starttls=tls is not None and not whole,
            authenticator=box.login if auth else None,
            auth_required=auth,
            auth_require_tls=tls is not None,
            enable_SMTPUTF8=True,
        )
        open_lines.add(server)
        return server

    loop = asyncio.get_running_loop()
    server = await loop.create_server(line, "127.0.0.1", 0, ssl=tls if whole else None)
    box.url = f"127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield box
    finally:
        server.close()
        for each in open_lines:
            if each._handler_coroutine is not None:
                each._handler_coroutine.cancel()
            if each.transport is not None:
                each.transport.abort()
        await asyncio.sleep(0)


def certificate() -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """For a server on 127.0.0.1, and for a client that believes it alone."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "mail.test")])
    begin = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begin)
        .not_valid_after(begin + dt.timedelta(days=36500))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]),
            critical=False,
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    public = made.public_bytes(serialization.Encoding.PEM)
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "both.pem"
        path.write_bytes(public + private)
        server.load_cert_chain(path)
    return server, ssl.create_default_context(cadata=public.decode())
