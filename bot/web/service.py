"""What machines ask of the service: is it alive, is it ready, how busy is it, what can it do."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

from aiohttp import web
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from bot.web.openapi import OPENAPI

if TYPE_CHECKING:
    from bot.app import Anbu

READY_SECONDS = 2.0
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Metrics:
    """Counts and times, for Prometheus; no personal data."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.requests = Counter(
            "anbu_http_requests", "Requests", ["path", "status"], registry=self.registry
        )
        self.seconds = Histogram(
            "anbu_http_seconds", "Time of an answer", ["path"], registry=self.registry
        )
        self.rows = Gauge("anbu_rows", "Rows of the store", ["table"], registry=self.registry)


def add_service(app: web.Application, anbu: "Anbu") -> None:
    metrics = Metrics()
    app.middlewares.append(_errors)
    app.middlewares.append(_measured(metrics))

    async def healthz(_: web.Request) -> web.Response:
        return web.json_response({"status": "ok"})

    async def readyz(_: web.Request) -> web.Response:
        try:
            await asyncio.wait_for(asyncio.to_thread(anbu.store.counts), READY_SECONDS)
        except Exception:
            return web.json_response({"status": "the store does not answer"}, status=503)
        return web.json_response({"status": "ready"})

    async def numbers(_: web.Request) -> web.Response:
        for table, count in (await asyncio.to_thread(anbu.store.counts)).items():
            metrics.rows.labels(table).set(count)
        text = generate_latest(metrics.registry)
        return web.Response(body=text, content_type="text/plain", charset="utf-8")

    async def openapi(_: web.Request) -> web.Response:
        return web.json_response(OPENAPI)

    app.router.add_get("/healthz", healthz)
    app.router.add_get("/readyz", readyz)
    app.router.add_get("/metrics", numbers)
    app.router.add_get("/openapi.json", openapi)


@web.middleware
async def _errors(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Malformed requests get a sentence; nothing of us is shown when we fail."""
    try:
        return await handler(request)
    except web.HTTPRequestEntityTooLarge:
        return _sentence(413, "That is too large.")
    except web.HTTPNotFound:
        return _sentence(404, "There is no such page.")
    except web.HTTPMethodNotAllowed as error:
        response = _sentence(405, f"This path takes {', '.join(sorted(error.allowed_methods))}.")
        response.headers["Allow"] = error.headers["Allow"]
        return response
    except web.HTTPClientError as error:
        return _sentence(error.status, f"This is no request that we can answer: {error.reason}.")


def _sentence(status: int, words: str) -> web.Response:
    return web.json_response({"error": words}, status=status)


def _measured(metrics: Metrics) -> Any:
    @web.middleware
    async def measure(request: web.Request, handler: Handler) -> web.StreamResponse:
        resource = request.match_info.route.resource
        path = resource.canonical if resource else "other"
        start = time.perf_counter()
        status = 500
        try:
            response = await handler(request)
            status = response.status
            return response
        except web.HTTPException as error:
            status = error.status
            raise
        finally:
            metrics.requests.labels(path, str(status)).inc()
            metrics.seconds.labels(path).observe(time.perf_counter() - start)

    return measure
