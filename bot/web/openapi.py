"""The service's description of itself, for `/openapi.json`."""

from typing import Any

_ERROR = {
    "description": "What is wrong, in one sentence",
    "content": {
        "application/json": {
            "schema": {
                "type": "object",
                "required": ["error"],
                "properties": {"error": {"type": "string"}},
            }
        }
    },
}
_STATUS = {
    "description": "How it is",
    "content": {
        "application/json": {
            "schema": {
                "type": "object",
                "required": ["status"],
                "properties": {"status": {"type": "string"}},
            }
        }
    },
}
_BUTTON = {
    "type": "object",
    "required": ["title", "payload"],
    "properties": {"title": {"type": "string"}, "payload": {"type": "string"}},
}
_MESSAGES = {
    "type": "array",
    "items": {
        "type": "object",
        "required": ["recipient_id", "text"],
        "properties": {
            "recipient_id": {"type": "string"},
            "text": {"type": "string"},
            "image": {"type": "string"},
            "buttons": {"type": "array", "items": _BUTTON},
        },
    },
}
_SAID = {
    "type": "object",
    "required": ["sender", "message"],
    "properties": {
        "sender": {"type": "string", "minLength": 1, "maxLength": 200},
        "message": {"type": "string"},
        "message_id": {"type": "string", "maxLength": 200},
    },
}

OPENAPI: dict[str, Any] = {
    "openapi": "3.1.0",
    "info": {"title": "Anbu (안부)", "version": "0.1.0"},
    "paths": {
        "/webhooks/rest/webhook": {
            "post": {
                "summary": "Rasa's REST channel: one message in, the answers out",
                "requestBody": {
                    "required": True,
                    "content": {"application/json": {"schema": _SAID}},
                },
                "responses": {
                    "200": {
                        "description": "The answers, after they were kept",
                        "content": {"application/json": {"schema": _MESSAGES}},
                    },
                    "400": _ERROR,
                    "413": _ERROR,
                    "503": _ERROR,
                },
            }
        },
        "/healthz": {"get": {"summary": "Alive?", "responses": {"200": _STATUS}}},
        "/readyz": {
            "get": {"summary": "Ready for work?", "responses": {"200": _STATUS, "503": _STATUS}}
        },
        "/metrics": {
            "get": {
                "summary": "Counts and times, for Prometheus",
                "responses": {"200": {"description": "Text", "content": {"text/plain": {}}}},
            }
        },
    },
}
