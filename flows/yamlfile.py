"""Reading YAML so that a fault can be named by file and line. A leaf that every room may use.

YAML 1.2's booleans: only `true` and `false`; `no` and `on` are words.
"""

import re
from pathlib import Path
from typing import Any

import yaml


class Fault(ValueError):
    """Something wrong in a file; `str()` gives `file:line: what, and what to do`."""

    def __init__(self, path: Path | str, line: int, words: str) -> None:
        super().__init__(f"{path}:{line}: {words}")
        self.path, self.line, self.words = str(path), line, words


class Node(dict[str, Any]):
    """A mapping that knows where it stands; `lines` gives the line of each key (1-based)."""

    line: int = 1
    lines: dict[str, int]


class _Loader(yaml.CSafeLoader):
    pass


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in pairs if tag != "tag:yaml.org,2002:bool"]
    for first, pairs in yaml.CSafeLoader.yaml_implicit_resolvers.items()
}
_Loader.add_implicit_resolver(
    "tag:yaml.org,2002:bool", re.compile(r"^(?:true|True|false|False)$"), list("tTfF")
)


def _mapping(loader: _Loader, node: yaml.MappingNode) -> Node:
    result = Node()
    result.line = node.start_mark.line + 1
    result.lines = {}
    for key_node, value_node in node.value:
        key = loader.construct_object(key_node, deep=True)
        if key in result:
            raise yaml.constructor.ConstructorError(
                None, None, f"the key {key!r} stands here twice", key_node.start_mark
            )
        result[key] = loader.construct_object(value_node, deep=True)
        result.lines[key] = key_node.start_mark.line + 1
    return result


_Loader.add_constructor("tag:yaml.org,2002:map", _mapping)


def read_yaml(path: Path, shown: str = "") -> Any:
    """The content of a file. Raises Fault with file and line where it is no YAML or no UTF-8."""
    name = shown or str(path)
    try:
        return yaml.load(path.read_text(encoding="utf-8"), _Loader)  # noqa: S506 (a safe loader)
    except UnicodeDecodeError as error:
        raise Fault(name, 1, "is not UTF-8; save it as UTF-8") from error
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise Fault(name, line, f"is not valid YAML: {error.problem}") from error
    except yaml.YAMLError as error:
        raise Fault(name, 1, "has characters that YAML does not allow") from error
