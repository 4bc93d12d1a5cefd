"""What the checks of the three wires share."""
from __future__ import annotations

import base64, binascii
from typing import Any, Optional

import pydantic


def pyd_errors(exc: pydantic.ValidationError) -> list[str]:
    rows = exc.errors(include_url=False, include_context=False)
    # drop the variants of a tagged response union whose `type` literal does not match
    wrong = {r["loc"][:-1] for r in rows if r["type"] == "literal_error" and r["loc"][-1] in ("type", "role")
             and len(r["loc"]) > 1 and str(r["loc"][-2])[:1].isupper()}
    kept = [r for r in rows if not any(r["loc"][:len(w)] == w for w in wrong)]
    for parent in sorted({w[:-1] for w in wrong}, key=str):
        if not any(r["loc"][:len(parent)] == parent for r in kept):
            got = next(r["input"] for r in rows if r["loc"][:len(parent)] == parent and r["type"] == "literal_error")
            kept.append({"loc": parent, "msg": f"type {got!r} is none of the known variants", "type": "unknown_tag", "input": {}})
    rows = kept or rows
    hard = [r for r in rows if not (r["type"] in ("string_type", "list_type", "none_required") and len(rows) > 1
                                    and r["loc"] and str(r["loc"][-1]) in ("str", "none", "list"))]
    out = []
    for r in hard or rows:
        loc = ".".join(str(x) for x in r["loc"] if not (isinstance(x, str) and (x.startswith(("list[", "tagged-union", "function-")) or x == "str")))
        out.append(f"{loc or '$'}: {r['msg']}" + (f" (got {r['input']!r})" if not isinstance(r["input"], (dict, list)) and len(repr(r["input"])) < 60 else ""))
    return out


def walk_schema(s: Any, path: str = "$"):
    if isinstance(s, dict):
        yield path, s
        for k in ("properties", "$defs", "defs", "definitions"):
            if isinstance(s.get(k), dict):
                for n, v in s[k].items():
                    yield from walk_schema(v, f"{path}.{k}.{n}")
        for k in ("items", "additionalProperties"):
            if isinstance(s.get(k), dict):
                yield from walk_schema(s[k], f"{path}.{k}")
        for k in ("anyOf", "oneOf", "allOf", "prefixItems"):
            for i, v in enumerate(s.get(k) or []):
                yield from walk_schema(v, f"{path}.{k}[{i}]")


def b64_len(s: str) -> Optional[int]:
    try:
        return len(base64.b64decode(s.replace("-", "+").replace("_", "/") + "=" * (-len(s) % 4), validate=True))
    except (binascii.Error, ValueError):
        return None
