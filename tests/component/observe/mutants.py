"""Rules with one fault each: a threshold, a comparison, a window, a label, a duration or a severity that is not as it should be."""

import re
from collections.abc import Iterator
from typing import Any, Final

from tests.component.observe.promtool import Rule

_COMPARED: Final = re.compile(r"(?P<sign>[<>=]=|[<>])(?P<bool> bool)? (?P<number>\d+(?:\.\d+)?)")
_SIGN: Final = re.compile(r"(?<![=!<>])(?P<sign><=|>=|<|>|==)(?= )")
_WINDOW: Final = re.compile(r"(?P<before>\[|offset )(?P<count>\d+)(?P<unit>[smhd])")
_MATCHERS: Final = re.compile(r"\{(?P<matchers>[^{}]+)\}")
_VALUE: Final = re.compile(r'(?P<sign>=~|!=|=)"(?P<value>[^"]+)"')
_OPPOSITE: Final = {">": "<", "<": ">", ">=": "<=", "<=": ">=", "==": "!="}
_SMALLER_UNIT: Final = {"d": "h", "h": "m", "m": "s"}


def mutants(rule: Rule) -> Iterator[tuple[str, Rule]]:
    """Yield every mutant of a rule, and which fault it has."""
    name = rule.get("alert") or rule["record"]
    for expression in dict.fromkeys(faulty(rule["expr"])):
        if expression != rule["expr"]:
            yield f"{name} expr: {expression}", {**rule, "expr": expression}
    changes: list[tuple[str, Any]] = [("for", "0m"), ("for", "3h")] if "for" in rule else []
    if "alert" in rule:
        wrong = "ticket" if rule["labels"]["severity"] == "page" else "page"
        changes.append(("labels", {**rule["labels"], "severity": wrong}))
    for what, value in changes:
        yield f"{name} {what}: {value}", {**rule, what: value}


def faulty(expression: str) -> Iterator[str]:
    """Yield an expression with one fault, one after the other."""
    for found in _COMPARED.finditer(expression):
        number = float(found["number"])
        for other in (number * 3, number / 3) if number else (2.0,):
            yield _replaced(expression, found, f"{found['sign']}{found['bool'] or ''} {other:.9g}")
    for found in _SIGN.finditer(expression):
        yield _replaced(expression, found, _OPPOSITE[found["sign"]])
    for found in _WINDOW.finditer(expression):
        yield _replaced(expression, found, f"{found['before']}{int(found['count']) * 12}{found['unit']}")
        # A twelfth or so: shorter than the longest pause between two points is no window at all.
        yield _replaced(expression, found, f"{found['before']}{max(1, int(found['count']) * 5)}{_SMALLER_UNIT[found['unit']]}")
    for found in _MATCHERS.finditer(expression):
        # Everywhere: where two sides of an `and` have it, the other one's still chooses.
        yield expression.replace(found[0], "")
        for value in _VALUE.finditer(found["matchers"]):
            begin = found.start("matchers")
            yield expression[: begin + value.start()] + f'{value["sign"]}"another"' + expression[begin + value.end() :]


def _replaced(text: str, found: "re.Match[str]", by: str) -> str:
    return text[: found.start()] + by + text[found.end() :]
