"""The chat page as files: read once, served with strict headers."""

import gzip
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from aiohttp import ETag, web

STATIC = Path(__file__).parent / "static"
TYPES = {
    ".html": "text/html",
    ".css": "text/css",
    ".js": "text/javascript",
    ".svg": "image/svg+xml",
    ".json": "application/json",
}
POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self'",
        "connect-src 'self'",
        "manifest-src 'self'",
        "worker-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
        "require-trusted-types-for 'script'",
        "trusted-types anbu",
    )
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Permissions-Policy": "geolocation=(self), camera=(), microphone=()",
    "Cross-Origin-Opener-Policy": "same-origin",
}
ASK_FIRST = "no-cache"
FOREVER = "public, max-age=31536000, immutable"


@dataclass(frozen=True, slots=True)
class Asset:
    kind: str
    body: bytes
    zipped: bytes
    tag: str


def _asset(name: str, body: bytes) -> Asset:
    zipped = gzip.compress(body, mtime=0)
    return Asset(TYPES[Path(name).suffix], body, zipped, hashlib.sha256(body).hexdigest()[:16])


def _read(folder: Path) -> tuple[str, Mapping[str, Asset]]:
    """The files by name, and a version that changes with any of them; the page's links carry it."""
    bodies = {path.name: path.read_bytes() for path in sorted(folder.iterdir())}
    version = hashlib.sha256(b"\0".join(bodies.values())).hexdigest()[:12]
    page = bodies["index.html"].replace(b'"/static/', f'"/static/{version}/'.encode())
    return version, {n: _asset(n, b) for n, b in (bodies | {"index.html": page}).items()}


def _serve(request: web.Request, asset: Asset, cache: str) -> web.Response:
    headers = HEADERS | {"Cache-Control": cache, "Vary": "Accept-Encoding"}
    if any(tag.value == asset.tag for tag in request.if_none_match or ()):
        response = web.Response(status=304, headers=headers)
    elif "gzip" in request.headers.get("Accept-Encoding", ""):
        response = web.Response(body=asset.zipped, headers=headers | {"Content-Encoding": "gzip"})
    else:
        response = web.Response(body=asset.body, headers=headers)
    response.content_type = asset.kind
    response.charset = "utf-8"
    response.etag = ETag(asset.tag, is_weak=True)
    return response


def add_page(app: web.Application) -> None:
    version, assets = _read(STATIC)

    async def page(request: web.Request) -> web.Response:
        return _serve(request, assets["index.html"], ASK_FIRST)

    async def worker(request: web.Request) -> web.Response:
        """At the root, for a worker sees to what lies under it."""
        return _serve(request, assets["sw.js"], ASK_FIRST)

    async def static(request: web.Request) -> web.Response:
        asset = assets.get(request.match_info["name"])
        if asset is None:
            raise web.HTTPNotFound(headers=HEADERS)
        current = request.match_info.get("version") == version
        return _serve(request, asset, FOREVER if current else ASK_FIRST)

    app.router.add_get("/", page)
    app.router.add_get("/sw.js", worker)
    app.router.add_get("/static/{name}", static)
    app.router.add_get("/static/{version}/{name}", static)
