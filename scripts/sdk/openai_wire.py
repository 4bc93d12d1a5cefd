"""A body for OpenAI's chat completions against the vendor's SDK types."""
from __future__ import annotations

import pydantic
from pydantic import TypeAdapter

from common import b64_len, pyd_errors, walk_schema
from strict import Eager


def check(text: str) -> list[str]:
    from openai.types.chat import completion_create_params as m
    try:
        TypeAdapter(Eager().td(m.CompletionCreateParamsNonStreaming)).validate_json(text)
        return []
    except pydantic.ValidationError as e:
        return pyd_errors(e)


def lint(b: dict, text: str, model: str) -> list[str]:
    """What the types do not say: data URLs that decode, and a strict schema that requires all it names."""
    out = []
    for i, m in enumerate(b.get("messages") or []):
        for j, p in enumerate(m["content"] if isinstance(m.get("content"), list) else []):
            url = ((p.get("image_url") or {}).get("url")) or ""
            if p.get("type") == "image_url" and (not url.startswith("data:image/") or b64_len(url.split(",", 1)[-1]) is None):
                out.append(f"[error] messages.{i}.content.{j}: no data URL of a picture")
    schema = (((b.get("response_format") or {}).get("json_schema")) or {}).get("schema") or {}
    for path, s in walk_schema(schema):
        if s.get("type") == "object" and (s.get("additionalProperties") is not False
                                          or set(s.get("properties") or {}) != set(s.get("required") or [])):
            out.append(f"[error] {path}: strict schemas require every property and forbid others")
    return out
