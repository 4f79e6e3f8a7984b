"""Every question of docs/cookbook.md has an answer, and whoever may only read may ask it."""

import re
from pathlib import Path
from typing import Final

import psycopg
import pytest

from streamflow.contracts.tables import READER
from tests.integration.warehouse_dbt.conftest import Built

pytestmark = pytest.mark.stack

PAGE: Final = (Path(__file__).parents[3] / "docs" / "cookbook.md").read_text(encoding="utf-8")
QUESTIONS: Final = re.findall(r"^## \d+\. (.+?)$.*?^```sql\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)


def test_there_are_twenty_questions_and_each_has_its_sql() -> None:
    assert len(QUESTIONS) == 20
    assert len(re.findall(r"^## ", PAGE, re.MULTILINE)) == 20


@pytest.mark.parametrize(("question", "query"), QUESTIONS, ids=[question for question, _ in QUESTIONS])
def test_a_question_has_an_answer(built: Built, question: str, query: str) -> None:
    with psycopg.connect(built.database.dsn(READER)) as connection:
        found = connection.execute(query.encode()).fetchall()
    assert found, question
    # An answer of nothing but empty cells is none.
    assert any(cell is not None for row in found for cell in row[1:])
