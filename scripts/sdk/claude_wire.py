"""A body for Claude's Messages against the vendor's SDK types and its documented rules."""
from __future__ import annotations

import base64
from typing import Any

import pydantic
from pydantic import TypeAdapter

from common import b64_len, pyd_errors, walk_schema
from strict import Eager


def check(text: str) -> list[str]:
    from anthropic.types import message_create_params as m
    td = Eager().td(m.MessageCreateParamsNonStreaming)
    for k in ("user_profile_id", "workspace_id"):  # SDK sends these as headers, never in the JSON body
        td.__annotations__.pop(k, None)
    try:
        TypeAdapter(td).validate_json(text)
        return []
    except pydantic.ValidationError as e:
        return pyd_errors(e)


C_MAGIC = {"image/png": b"\x89PNG", "image/jpeg": b"\xff\xd8\xff", "image/gif": b"GIF8", "image/webp": b"RIFF"}
# documented or reported for the 5-5 / 5-1 ids; the 5-2 ids are assumed to follow their 5-1 predecessors
C_NO_FORCE = ("claude-opus-5-5", "claude-sonnet-5-5", "claude-fable-5-1", "claude-mythos-5-1", "claude-fable-5-2", "claude-mythos-5-2")
C_BAD_KEYS = {"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf", "minLength", "maxLength",
              "maxItems", "uniqueItems", "minProperties", "maxProperties", "patternProperties", "not", "if", "then", "else", "oneOf"}


def lint(b: dict, text: str, model: str) -> list[str]:
    out, imgs = [], []
    model = model or str(b.get("model", ""))
    if len(text) > 32 * 2**20:
        out.append("[error] body over 32 MB: 413 request_too_large")
    if isinstance(b.get("max_tokens"), int) and b["max_tokens"] < 1:
        out.append("[warn] max_tokens 0 only warms the cache, no answer")
    msgs = b.get("messages") if isinstance(b.get("messages"), list) else []
    for i, m in enumerate(msgs):
        content = m.get("content") if isinstance(m, dict) else None
        for j, blk in enumerate(content if isinstance(content, list) else []):
            if isinstance(blk, dict) and blk.get("type") == "image":
                imgs.append((f"messages.{i}.content.{j}", blk))
    for at, blk in imgs:
        src = blk.get("source") or {}
        if src.get("type") == "base64" and isinstance(src.get("data"), str):
            if len(src["data"]) > 10 * 2**20:
                out.append(f"[error] {at}: image over 10 MB of base64")
            if b64_len(src["data"]) is None:
                out.append(f"[error] {at}: data is not base64 (no data: URL prefix)")
            else:
                head = base64.b64decode(src["data"][:16] + "=" * (-len(src["data"][:16]) % 4))
                want = C_MAGIC.get(src.get("media_type", ""), b"")
                if want and not head.startswith(want):
                    out.append(f"[error] {at}: bytes do not look like {src.get('media_type')}: 400")
    if len(imgs) > 600:
        out.append("[error] more than 600 images (100 on 200k-context models)")
    elif len(imgs) > 20:
        out.append("[warn] more than 20 images: every image must be at most 2000 px a side")
    if msgs and isinstance(msgs[-1], dict) and msgs[-1].get("role") == "assistant":
        out.append("[error] ends with an assistant turn: prefill is 400 on Claude 4.6+ / with output_config.format")
    tc = b.get("tool_choice") or {}
    if tc.get("type") in ("any", "tool") and model.startswith(C_NO_FORCE):
        out.append(f"[error] tool_choice {tc.get('type')}: 400 on {model}; use output_config.format")
    th = b.get("thinking") or {}
    if th.get("type") == "disabled" and model.startswith(C_NO_FORCE + ("claude-fable-5", "claude-mythos-5")):
        out.append(f"[error] thinking disabled: 400 on {model}")
    if th.get("type") == "enabled" and not model.startswith(("claude-haiku-4-5", "claude-opus-4-5", "claude-opus-4-6", "claude-sonnet-4-5", "claude-sonnet-4-6")):
        out.append(f"[error] thinking enabled/budget_tokens: 400 on {model}; use adaptive")
    fmt = ((b.get("output_config") or {}).get("format") or {})
    schemas = [("output_config.format.schema", fmt.get("schema"))] if fmt else []
    schemas += [(f"tools.{i}.input_schema", t.get("input_schema")) for i, t in enumerate(b.get("tools") or []) if isinstance(t, dict) and t.get("strict")]
    opt = uni = 0
    for name, sch in schemas:
        for path, s in walk_schema(sch or {}):
            bad = sorted(set(s) & C_BAD_KEYS)
            if bad:
                out.append(f"[error] {name} {path}: unsupported keywords {bad}: 400")
            if s.get("minItems") not in (None, 0, 1):
                out.append(f"[error] {name} {path}: minItems may only be 0 or 1")
            if s.get("type") == "object" or "properties" in s:
                if s.get("additionalProperties") is not False:
                    out.append(f"[error] {name} {path}: objects need additionalProperties false")
                opt += len(set(s.get("properties") or {}) - set(s.get("required") or []))
            uni += int("anyOf" in s or isinstance(s.get("type"), list))
    if opt > 24:
        out.append(f"[error] {opt} optional properties over all schemas, limit 24")
    if uni > 16:
        out.append(f"[error] {uni} union-typed fields over all schemas, limit 16")
    for k in ("temperature", "top_p", "top_k"):
        if k in b:
            out.append(f"[error] {k}: 400 with anthropic-version 2026-10-21 and on current models")
    return out
