"""Rules as a file that a person edits and pushes again."""

from io import StringIO
from typing import Any

import msgspec
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap

from streamflow.contracts.control import RulesDocument

_LINE_WIDTH = 140


def rules_to_yaml(document: RulesDocument) -> str:
    """Return a rules document as YAML 1.2 that reads back as the same document; small maps stand on one line.

    Examples
    --------
    >>> from streamflow.control.documents import default_rules, parse_yaml
    >>> from streamflow.score.ruleset import read_rules
    >>> read_rules(parse_yaml(rules_to_yaml(default_rules()), "example"), "example") == default_rules()
    True
    """
    content = _block(msgspec.to_builtins(document))
    content["rules"] = [_block(rule) for rule in content["rules"]]
    yaml = YAML()
    yaml.width = _LINE_WIDTH
    yaml.indent(mapping=2, sequence=4, offset=2)
    stream = StringIO()
    yaml.dump(content, stream)
    return stream.getvalue()


def _block(values: dict[str, Any]) -> CommentedMap:
    """Return a map over several lines, in which inner maps stand on one line each, without empty and null values."""
    return CommentedMap(
        {name: _flow(value) if isinstance(value, dict) else value for name, value in values.items() if value is not None and value != {}}
    )


def _flow(values: dict[str, Any]) -> CommentedMap:
    flow = CommentedMap(values)
    flow.fa.set_flow_style()
    return flow
