"""docs/risk-rules.md is what the rules say of themselves, and they say enough."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from msgspec import structs

from contracts.limits import Limits
from risk.candidate import Rule
from tools.risk_rules import denial, document, every_rule, module_of

ROOT = Path(__file__).parents[2]
EVERY = pytest.mark.parametrize("rule", every_rule(), ids=lambda r: r.__name__)


def test_the_document_is_what_the_rules_say():
    assert (ROOT / "docs" / "risk-rules.md").read_text() == document(), "make risk-rules writes it anew"


@EVERY
def test_a_rule_stands_in_a_file_of_its_name_and_says_what_helps(rule: Rule):
    module = module_of(rule)
    assert module.__name__ == f"risk.rules.{rule.__name__}"
    assert re.fullmatch(r"[A-Z`].*\.", module.CURE, re.DOTALL)


@EVERY
def test_a_rule_names_the_limits_that_it_reads(rule: Rule):
    source = Path(module_of(rule).__file__ or "").read_text()
    read = set(re.findall(r"\blimits\.(\w+)", source)) & set(Limits.__struct_fields__)
    assert read == set(module_of(rule).LIMITS) & read
    assert set(module_of(rule).LIMITS) <= set(Limits.__struct_fields__)


@EVERY
def test_the_example_of_a_rule_is_denied_by_it_with_a_sentence(rule: Rule):
    said = denial(rule)
    assert said.reason
    assert said.value
    assert not said.reason.endswith(".")


@pytest.mark.parametrize("field", [field.name for field in structs.fields(Limits)])
def test_no_limit_is_without_effect(field: str):
    sources = [*(ROOT / "services").glob("*/src/**/*.py"), *(ROOT / "libs" / "contracts").glob("src/**/*.py")]
    deciding = [file for file in sources if "api-gateway" not in file.parts]
    assert any(re.search(rf"\.{field}\b", file.read_text()) for file in deciding)
