"""A body for Gemini's generateContent against the vendor's SDK types and its documented rules."""
from __future__ import annotations

import warnings
from typing import Any, Optional

import pydantic
from pydantic.alias_generators import to_camel

from common import b64_len, pyd_errors, walk_schema


def gemini_request_model():
    from google.genai import types as g

    class GenerateContentRequestBody(pydantic.BaseModel):
        """Wire body as google.genai.models._GenerateContentParameters_to_mldev builds it."""
        model_config = pydantic.ConfigDict(alias_generator=to_camel, populate_by_name=True, extra="forbid",
                                           protected_namespaces=(), arbitrary_types_allowed=True,
                                           ser_json_bytes="base64", val_json_bytes="base64")
        contents: list[g.Content] = pydantic.Field(min_length=1)
        model: Optional[str] = None
        system_instruction: Optional[g.Content] = None
        generation_config: Optional[g.GenerationConfig] = None
        safety_settings: Optional[list[g.SafetySetting]] = None
        tools: Optional[list[g.Tool]] = None
        tool_config: Optional[g.ToolConfig] = None
        cached_content: Optional[str] = None
        labels: Optional[dict[str, str]] = None
        service_tier: Optional[g.ServiceTier] = None
        store: Optional[bool] = None
        continuation_token: Optional[bytes] = None

    return GenerateContentRequestBody


def check(text: str) -> list[str]:
    errs: list[str] = []
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            gemini_request_model().model_validate_json(text)
        except pydantic.ValidationError as e:
            errs = pyd_errors(e)
    # CaseInSensitiveEnum accepts unknown members with a warning: report those as errors
    return errs + sorted({f"enum: {w.message}" for w in caught if "not a valid" in str(w.message)})


G_IMG = {"image/png", "image/jpeg", "image/webp", "image/heic", "image/heif"}
G_VID = {"video/mp4", "video/mpeg", "video/quicktime", "video/mov", "video/avi", "video/x-flv", "video/mpg",
         "video/webm", "video/wmv", "video/3gpp"}
G_JSON_SCHEMA = {"$id", "$defs", "$ref", "$anchor", "type", "format", "title", "description", "enum", "items",
                 "prefixItems", "minItems", "maxItems", "minimum", "maximum", "anyOf", "oneOf", "properties",
                 "additionalProperties", "required", "propertyOrdering"}
G_DATA = ("text", "inlineData", "fileData", "functionCall", "functionResponse", "executableCode",
          "codeExecutionResult", "toolCall", "toolResponse")


def pick(d: dict, camel: str):
    snake = "".join("_" + c.lower() if c.isupper() else c for c in camel)
    return d.get(camel, d.get(snake)) if isinstance(d, dict) else None


def lint(b: dict, text: str, model: str) -> list[str]:
    out, n_img = [], 0
    contents = b.get("contents") or []
    if len(text) > 100 * 2**20:
        out.append("[error] body over the 100 MB inline limit: upload with the Files API and send fileData")
    for i, c in enumerate(contents):
        for j, p in enumerate((c or {}).get("parts") or []):
            at = f"contents.{i}.parts.{j}"
            have = [k for k in G_DATA if pick(p, k) is not None]
            if len(have) != 1:
                out.append(f"[error] {at}: exactly one data field wanted, found {have or 'none'}")
            blob = pick(p, "inlineData") or {}
            mime = pick(blob, "mimeType")
            if blob:
                if not mime:
                    out.append(f"[error] {at}.inlineData.mimeType missing")
                elif mime.startswith("image/"):
                    n_img += 1
                    if mime not in G_IMG:
                        out.append(f"[warn] {at}: {mime} is not a documented image type {sorted(G_IMG)}")
                elif mime.startswith("video/") and mime not in G_VID:
                    out.append(f"[warn] {at}: {mime} is not a documented video type")
                if not blob.get("data") or b64_len(blob["data"]) is None:
                    out.append(f"[error] {at}.inlineData.data is empty or not base64 (no data: URL prefix)")
            vm = pick(p, "videoMetadata") or {}
            if vm and not (blob or pick(p, "fileData")):
                out.append(f"[error] {at}.videoMetadata without inlineData/fileData")
            if vm.get("fps") is not None and not 0 < vm["fps"] <= 24:
                out.append(f"[error] {at}.videoMetadata.fps must be in (0, 24]")
            for k in ("startOffset", "endOffset"):
                v = pick(vm, k)
                if v is not None and not (isinstance(v, str) and v.endswith("s")):
                    out.append(f"[error] {at}.videoMetadata.{k} must be a duration string such as \"40s\"")
    if n_img > 3600:
        out.append("[error] more than 3600 images")
    if contents and (contents[-1] or {}).get("role") == "model":
        out.append("[error] last turn has role model (prefill): 400 from Gemini 3.6 Flash / 3.5 Flash-Lite on")
    gc = pick(b, "generationConfig") or {}
    for k in ("routingConfig", "modelSelectionConfig", "audioTimestamp"):
        if pick(gc, k) is not None:
            out.append(f"[error] generationConfig.{k} is Agent Platform (Vertex) only")
    if any("method" in (x or {}) for x in pick(b, "safetySettings") or []):
        out.append("[error] safetySettings[].method is Agent Platform (Vertex) only")
    rs, rj, rm = pick(gc, "responseSchema"), pick(gc, "responseJsonSchema"), pick(gc, "responseMimeType")
    if rs and rj:
        out.append("[error] responseSchema and responseJsonSchema are exclusive")
    if (rs or rj) and rm != "application/json":
        out.append("[error] a response schema needs responseMimeType application/json")
    for path, s in walk_schema(rj or {}):
        bad = set(s) - G_JSON_SCHEMA
        if bad:
            out.append(f"[warn] responseJsonSchema {path}: keywords not in the supported list: {sorted(bad)}")
    tc = pick(gc, "thinkingConfig") or {}
    if pick(tc, "thinkingBudget") is not None and pick(tc, "thinkingLevel") is not None:
        out.append("[error] thinkingBudget and thinkingLevel together: 400")
    samp = [k for k in ("temperature", "topP", "topK") if pick(gc, k) is not None]
    if samp:
        out.append(f"[warn] {samp} are ignored by gemini-3.5-flash-lite and gemini-3.6-flash on, to be 400 later")
    return out
