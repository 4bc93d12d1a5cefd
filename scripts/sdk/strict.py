"""The request types of the vendors' SDKs, made strict: unknown keys are errors at every level."""
from __future__ import annotations

import collections.abc, types as pytypes, typing
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import pydantic
import typing_extensions as te
from pydantic import Discriminator, Tag


def is_td(t: Any) -> bool:
    return te.is_typeddict(t)


class Eager:
    """Copy of the SDK's request TypedDicts with lazy Iterables made lists, response models dropped from
    unions, unions tagged by `type` or `role`, and unknown keys forbidden at every level."""

    def __init__(self) -> None:
        self.done: dict[Any, Any] = {}

    def literal(self, td: Any, key: str) -> list[Any]:
        h = te.get_type_hints(td, include_extras=True).get(key)
        vals: list[Any] = []
        todo = [h]
        while todo:
            x = todo.pop()
            o = get_origin(x)
            if o is Literal or o is te.Literal:
                vals += get_args(x)
            elif o in (te.Required, te.NotRequired, typing.Required, typing.NotRequired, Union, pytypes.UnionType):
                todo += get_args(x)
            elif x is type(None):
                vals.append("<absent>")
        if vals and not self.required(td, key, h):
            vals.append("<absent>")
        return vals

    @staticmethod
    def required(td: Any, key: str, hint: Any) -> bool:
        # the SDK modules use postponed annotations, so __required_keys__ misses Required[...] markers
        o = get_origin(hint)
        if o in (te.Required, typing.Required):
            return True
        if o in (te.NotRequired, typing.NotRequired):
            return False
        return key in getattr(td, "__required_keys__", frozenset())

    def conv(self, t: Any) -> Any:
        o = get_origin(t)
        if o in (te.Required, typing.Required):
            return te.Required[self.conv(get_args(t)[0])]
        if o in (te.NotRequired, typing.NotRequired):
            return te.NotRequired[self.conv(get_args(t)[0])]
        if o is Annotated or o is te.Annotated:
            return self.conv(get_args(t)[0])
        if isinstance(t, te.TypeAliasType) or (hasattr(typing, "TypeAliasType") and isinstance(t, typing.TypeAliasType)):
            return self.conv(t.__value__)
        if o is Union or o is pytypes.UnionType:
            return self.union(get_args(t))
        if o in (collections.abc.Iterable, collections.abc.Sequence, list) or getattr(o, "__name__", "") == "SequenceNotStr":
            return list[self.conv(get_args(t)[0])]
        if o in (dict, collections.abc.Mapping):
            return dict[get_args(t)[0], self.conv(get_args(t)[1])]
        if is_td(t):
            return self.td(t)
        if getattr(t, "__name__", "") == "Base64FileInput" or (isinstance(t, type) and issubclass(t, pydantic.BaseModel)):
            return None  # upload helpers / response models: not JSON request shapes
        return t

    def flat(self, args: Any) -> list[Any]:
        out = []
        for a in args:
            o = get_origin(a)
            if o is Annotated or o is te.Annotated:
                a = get_args(a)[0]; o = get_origin(a)
            if o is Union or o is pytypes.UnionType:
                out += self.flat(get_args(a))
            else:
                out.append(a)
        return out

    def union(self, args: Any) -> Any:
        flat = [a for a in self.flat(args) if not (isinstance(a, type) and issubclass(a, pydantic.BaseModel))]
        flat = [a for a in flat if a in (Any, object, type(None)) or getattr(a, "__module__", "") != "pathlib"]
        tds = [a for a in flat if is_td(a)]
        rest = [c for c in (self.conv(a) if a is not type(None) else type(None) for a in flat if not is_td(a)) if c is not None]
        rest = [r for r in rest if getattr(r, "__name__", "") not in ("PathLike", "IO", "Base64FileInput")]
        parts: list[Any] = []
        if len(tds) > 1:
            for key in ("type", "role", "error_code"):
                tags = {td: self.literal(td, key) for td in tds}
                if all(tags.values()):
                    m: dict[str, Any] = {}
                    for td, vs in tags.items():
                        for v in vs:
                            m.setdefault(str(v), td)
                    fn = (lambda k: lambda v: str(v.get(k, "<absent>")) if isinstance(v, dict) else None)(key)
                    disc = Discriminator(fn, custom_error_type="unknown_tag",
                                         custom_error_message=f"no such {key}; known: {', '.join(sorted(m))[:400]}")
                    parts.append(Annotated[Union[tuple(Annotated[self.td(td), Tag(v)] for v, td in m.items())], disc])  # type: ignore
                    break
            else:
                parts += [self.td(td) for td in tds]
        else:
            parts += [self.td(td) for td in tds]
        parts += rest
        if not parts:
            return Any
        return Union[tuple(parts)] if len(parts) > 1 else parts[0]  # type: ignore

    def td(self, t: Any) -> Any:
        if t in self.done:
            return self.done[t]
        cfg = dict(getattr(t, "__pydantic_config__", {}) or {})
        cfg.setdefault("extra", "forbid")
        self.done[t] = dict[str, Any]  # cut for recursive types
        fields = {}
        for k, hint in te.get_type_hints(t, include_extras=True).items():
            h = self.conv(hint)
            if get_origin(h) in (te.Required, te.NotRequired, typing.Required, typing.NotRequired):
                h = get_args(h)[0]
            fields[k] = te.Required[h] if self.required(t, k, hint) else te.NotRequired[h]
        new = te.TypedDict(t.__name__, fields)  # type: ignore
        new.__pydantic_config__ = cfg
        self.done[t] = new
        return new


_claude = {}
