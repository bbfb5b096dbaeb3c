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
_BATCH = {
    "type": "object",
    "required": ["rows"],
    "properties": {
        "rows": {
            "type": "array",
            "maxItems": 10_000,
            "items": {
                "type": "object",
                "required": ["ref", "at"],
                "properties": {
                    "ref": {"type": "string", "minLength": 1, "maxLength": 200},
                    "at": {
                        "description": "ISO 8601, Korean time without a zone; or milliseconds since 1970",
                        "type": ["string", "integer"],
                    },
                },
            },
        }
    },
}
_TAKEN = {
    "type": "object",
    "required": ["taken", "replayed", "rows"],
    "properties": {
        "taken": {"type": "integer"},
        "replayed": {"type": "boolean"},
        "rows": {
            "description": "One for each row, in its order",
            "type": "array",
            "items": {"enum": ["taken", "unknown", "future"]},
        },
    },
}
_SIGNED = [
    {
        "name": "X-Anbu-Timestamp",
        "in": "header",
        "required": True,
        "description": "Seconds since 1970, at most five minutes from ours",
        "schema": {"type": "string"},
    },
    {
        "name": "X-Anbu-Signature",
        "in": "header",
        "required": True,
        "description": "HMAC-SHA256 of timestamp, a full stop and the body, in hex",
        "schema": {"type": "string"},
    },
]
_KAKAO_SECRET = {
    "name": "X-Anbu-Secret",
    "in": "header",
    "required": True,
    "description": "ANBU_KAKAO_SECRET",
    "schema": {"type": "string"},
}
_KAKAO_SKILL = {
    "type": "object",
    "required": ["userRequest"],
    "properties": {
        "userRequest": {
            "type": "object",
            "required": ["user"],
            "properties": {
                "user": {
                    "type": "object",
                    "required": ["id"],
                    "properties": {"id": {"type": "string", "minLength": 1, "maxLength": 200}},
                },
                "utterance": {"type": ["string", "null"]},
                "lang": {"type": ["string", "null"]},
                "callbackUrl": {"type": ["string", "null"]},
            },
        },
        "action": {
            "type": "object",
            "properties": {"clientExtra": {"description": "Of the button that was pressed"}},
        },
    },
}
_KAKAO_ANSWER = {
    "type": "object",
    "required": ["version"],
    "properties": {
        "version": {"const": "2.0"},
        "template": {
            "type": "object",
            "required": ["outputs"],
            "properties": {
                "outputs": {
                    "type": "array",
                    "minItems": 1,
                    "maxItems": 3,
                    "items": {"type": "object"},
                },
                "quickReplies": {
                    "type": "array",
                    "maxItems": 10,
                    "items": {"type": "object", "required": ["label", "action"]},
                },
            },
        },
        "useCallback": {"const": True},
        "data": {"type": "object"},
    },
}

_SMS_SECRET = {
    "name": "secret",
    "in": "query",
    "description": "ANBU_SMS_SECRET; or in the header X-Anbu-Secret",
    "schema": {"type": "string"},
}
_SMS = {
    "type": "object",
    "required": ["from", "text", "id"],
    "properties": {
        "from": {"type": "string", "description": "Telephone number, Korean without a country"},
        "text": {"type": "string"},
        "id": {"type": "string", "minLength": 1, "maxLength": 200},
        "ts": {"description": "When the gateway had it; messages that come together go by it"},
    },
}
_PAGE_TOKEN = {
    "name": "Authorization",
    "in": "header",
    "required": True,
    "description": "Bearer, and the token of the chat page",
    "schema": {"type": "string"},
}
_REF_IN_PATH = {
    "name": "ref",
    "in": "path",
    "required": True,
    "schema": {"type": "string", "pattern": "^[0-9a-z]{20}$"},
}
_REF = {
    "type": "object",
    "required": ["ref"],
    "properties": {"ref": {"type": "string"}},
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
        "/webhooks/kakao/skill": {
            "post": {
                "summary": "KakaoTalk skill v2.0: one payload in, the answer within five seconds",
                "parameters": [_KAKAO_SECRET],
                "requestBody": {
                    "required": True,
                    "content": {"application/json": {"schema": _KAKAO_SKILL}},
                },
                "responses": {
                    "200": {
                        "description": "The answer after it was kept, or that it follows",
                        "content": {"application/json": {"schema": _KAKAO_ANSWER}},
                    },
                    "400": _ERROR,
                    "401": _ERROR,
                    "404": _ERROR,
                    "413": _ERROR,
                },
            }
        },
        "/webhooks/sms/inbound": {
            "post": {
                "summary": "A text message from a gateway, answered by another; by GET as well, all in the query",
                "parameters": [_SMS_SECRET],
                "requestBody": {
                    "required": True,
                    "content": {
                        "application/json": {"schema": _SMS},
                        "application/x-www-form-urlencoded": {"schema": _SMS},
                    },
                },
                "responses": {
                    "200": {"description": "Kept; also where it came before"},
                    "400": _ERROR,
                    "401": _ERROR,
                    "404": _ERROR,
                    "413": _ERROR,
                    "503": _ERROR,
                },
            }
        },
        "/webhooks/web/photo": {
            "post": {
                "summary": "A picture from the chat page, named afterwards by a message of its socket",
                "parameters": [_PAGE_TOKEN],
                "requestBody": {
                    "required": True,
                    "content": {
                        kind: {"schema": {"type": "string", "format": "binary"}}
                        for kind in ("image/jpeg", "image/png", "image/webp", "image/gif")
                    },
                },
                "responses": {
                    "200": {
                        "description": "The name under which it is kept",
                        "content": {"application/json": {"schema": _REF}},
                    },
                    **dict.fromkeys(("401", "413", "415", "429", "503"), _ERROR),
                },
            }
        },
        "/webhooks/web/photo/{ref}": {
            "get": {
                "summary": "A picture of a case of the person whose page asks",
                "parameters": [_PAGE_TOKEN, _REF_IN_PATH],
                "responses": {
                    "200": {"description": "The picture", "content": {"image/jpeg": {}}},
                    "401": _ERROR,
                    "404": _ERROR,
                },
            }
        },
        "/signals/activity": {
            "post": {
                "summary": "Signs of life from a feed: a signed batch, taken whole or not at all",
                "parameters": _SIGNED,
                "requestBody": {
                    "required": True,
                    "content": {"application/json": {"schema": _BATCH}},
                },
                "responses": {
                    "200": {
                        "description": "What became of each row, after it was kept",
                        "content": {"application/json": {"schema": _TAKEN}},
                    },
                    "400": _ERROR,
                    "401": _ERROR,
                    "404": _ERROR,
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
