"""Which commands and flags `fly` has: the list in fly-commands.json, taken from its documentation, and no others."""

import json
from pathlib import Path

LIST = json.loads((Path(__file__).parent / "fly-commands.json").read_text())
ALIASES = {"-a": "--app", "-c": "--config", "-C": "--command", "-i": "--image", "-j": "--json", "-y": "--yes"}


class NoSuchCommand(Exception):
    """The real `fly` would refuse it, or it is not on the list."""


def parse(words):
    """`["deploy", "--app", "x"]` -> ("deploy", {"--app": "x"}, []). Raises NoSuchCommand."""
    words = list(words)
    name = next((" ".join(words[:n]) for n in (3, 2, 1) if isinstance(LIST.get(" ".join(words[:n])), dict)), None)
    if name is None:
        raise NoSuchCommand(f"fly {' '.join(words)}: no such command on the list")
    known, flags, arguments = LIST[name], {}, []
    rest = words[len(name.split()):]
    while rest:
        word = rest.pop(0)
        if not word.startswith("-"):
            arguments.append(word)
            continue
        flag, _, value = word.partition("=")
        flag = ALIASES.get(flag, flag)
        if flag not in known["flags"]:
            raise NoSuchCommand(f"fly {name}: no flag {flag} on the list")
        if flag in LIST["without a value"] + known.get("without a value", []):
            flags[flag] = value or "true"
        elif value or rest:
            flags[flag] = value or rest.pop(0)
        else:
            raise NoSuchCommand(f"fly {name}: {flag} needs a value")
    least, most = known["arguments"]
    if not least <= len(arguments) <= most:
        raise NoSuchCommand(f"fly {name}: {len(arguments)} arguments: {arguments}")
    return name, flags, arguments
