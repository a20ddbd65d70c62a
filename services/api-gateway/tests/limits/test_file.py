"""`config/limits.toml`: what its tables mean, and where exactly something is wrong in it."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from api_gateway.limits.file import parse
from api_gateway.limits.layout import ALL, Place, Setting
from contracts.limits import Sizing

TABLES = "expected [limits], [accounts.NAME], [strategies.NAME] or [symbols.SYMBOL]"
SHIPPED = sorted((Path(__file__).parents[4] / "config").glob("**/limits.toml"))


def read(text: str) -> dict[Place, dict[str, object]]:
    found = parse(text, "limits.toml", ("paper", "growth"))
    assert found.problems == ()
    return {place: {name: one.value for name, one in table.items()} for place, table in found.layout.items()}


def problems(text: str) -> list[str]:
    found = parse(text, "limits.toml", ("paper", "growth"))
    assert found.layout == {}
    return [problem.text for problem in found.problems]


def test_tables_are_for_all_for_accounts_strategies_and_symbols():
    text = """
        [limits]
        max_concurrent = 5
        max_daily_loss = 0.1
        whitelist = ["spy", "IBM"]
        min_confidence = 0.75
        fractional = true

        [accounts.growth]
        multiplier = 2
        [accounts.growth.strategies.ema]
        max_concurrent = 1
        [accounts.growth.symbols.TSLA]
        min_cash = 10

        [strategies."opening drive"]
        min_confidence = 1
        [strategies."opening drive".symbols.TSLA]
        min_confidence = 0.9
        [accounts.growth.strategies.vwap.symbols.TSLA]
        multiplier = 3
        [symbols."BRK.B"]
        default_quantity = 2
        """
    assert read(text) == {
        ALL: {
            "max_concurrent": 5, "max_daily_loss": Decimal("0.1"), "whitelist": ("SPY", "IBM"), "min_confidence": 0.75,
            "fractional": True,
        },
        Place("growth"): {"multiplier": Decimal(2)},
        Place("growth", strategy="ema"): {"max_concurrent": 1},
        Place("growth", symbol="TSLA"): {"min_cash": Decimal(10)},
        Place(strategy="opening drive"): {"min_confidence": 1.0},
        Place(strategy="opening drive", symbol="TSLA"): {"min_confidence": 0.9},
        Place("growth", strategy="vwap", symbol="TSLA"): {"multiplier": Decimal(3)},
        Place(symbol="BRK.B"): {"default_quantity": Decimal(2), "sizing": Sizing.QUANTITY},
    }  # fmt: skip


def test_a_setting_names_its_table():
    found = parse("[accounts.growth.symbols.TSLA]\nmin_cash = 10", "limits.toml", ("growth",))
    assert found.layout == {
        Place("growth", symbol="TSLA"): {
            "min_cash": Setting(Decimal(10), "config/limits.toml", "[accounts.growth.symbols.TSLA]")
        }
    }


def test_an_amount_without_sizing_chooses_it_also_a_quantity_of_somebody():
    assert read("[limits]\nentry_dollars = 500\ndefault_quantity = 3")[ALL]["sizing"] is Sizing.DOLLARS
    assert "sizing" not in read("[limits]\ndefault_quantity = 3")[ALL]
    assert read("[strategies.ema]\ndefault_quantity = 3")[Place(strategy="ema")]["sizing"] is Sizing.QUANTITY


def test_what_is_of_an_account_can_be_set_for_one_and_what_is_of_a_strategy_for_that():
    text = "[accounts.growth]\nmax_drawdown = 0.2\nlock_minutes = 5\n[strategies.ema]\nlock_minutes = 7\n"
    assert [place for place, table in read(text).items() if "lock_minutes" in table] == [
        Place("growth"), Place(strategy="ema"),
    ]  # fmt: skip


def test_an_empty_file_and_empty_tables_say_nothing():
    assert read("") == read("[limits]\n[accounts.paper]\n[symbols]") == {}


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (
            "[limits]\n\nmax_concurrent = 0  # none",
            "limits.toml:3: [limits] max_concurrent was 0, expected a whole number from 1 to 1000000",
        ),
        (
            "[limits]\nmin_cash = 1\n[symbols.TSLA]\nmin_cash = -1",
            "limits.toml:4: [symbols.TSLA] min_cash was -1, expected a number from 0 to 1000000000",
        ),
        (
            "[limits]\nmin_cash = nan",
            "limits.toml:2: [limits] min_cash was NaN, expected a number from 0 to 1000000000",
        ),
        (
            "[limits]\nmax_concurent = 1",
            "limits.toml:2: [limits] max_concurent is no limit, is max_concurrent meant?",
        ),
        (
            "limits.max_concurrent = 'x'",
            "limits.toml:1: [limits] max_concurrent was 'x', expected a whole number from 1 to 1000000",
        ),
        (
            "limits = {max_concurrent = 0}",
            "limits.toml:1: [limits] max_concurrent was 0, expected a whole number from 1 to 1000000",
        ),
        (
            "[limits]\nwhitelist = [\n  'SPY',\n  'x y',\n]",
            "limits.toml:2: [limits] whitelist was ['SPY', 'x y'], expected a list of symbols such as SPY or BRK.B",
        ),
        ("[limits]\nmax_concurrent = \n", "limits.toml:2:18: invalid value"),
        ("[limits]\nmin_cash = 1\nmin_cash = 2", "limits.toml:3: cannot overwrite a value"),
        ("[limits\n", "limits.toml:1:8: expected ']' at the end of a table declaration"),
        (
            "[limit]\nmin_cash = 1",
            f"limits.toml:1: limit is no table of limits, {TABLES}",
        ),
        (
            "min_cash = 1",
            f"limits.toml:1: min_cash is no table of limits, {TABLES}",
        ),
        ("[accounts.grwth]\nmin_cash = 1", "limits.toml:1: [accounts.grwth] is no account, expected paper or growth"),
        ("[accounts]\ngrowth = 1", "limits.toml:2: accounts.growth is a value, expected [limits], "),
        ("symbols = 1", "limits.toml:1: symbols is a value, expected [limits], "),
        ("accounts = 1", "limits.toml:1: accounts is a value, expected [limits], "),
        ("limits = 1", "limits.toml:1: limits is a value, expected [limits], "),
        ("[symbols.tsla]\nmin_cash = 1", "limits.toml:1: [symbols.tsla] is no symbol, expected one such as SPY"),
        (
            "[symbols.BRK.B]\nmin_cash = 1",
            'limits.toml:1: [symbols.BRK.B] is no table, is [symbols."BRK.B"] meant?',
        ),
        (
            "[strategies.ema]\nentry_dollars = 1\nrisk_per_trade = 0.1",
            "limits.toml:1: [strategies.ema] sizing is missing: it must say which of entry_dollars and risk_per_trade",
        ),
        ("[symbols.TSLA]\nmax_drawdown = 0", "limits.toml:2: [symbols.TSLA] max_drawdown cannot be set for a symbol"),
        ("[symbols.TSLA]\nlock_minutes = 9", "limits.toml:2: [symbols.TSLA] lock_minutes cannot be set for a symbol"),
        ("[strategies.a]\nmax_drawdown = 0", "limits.toml:2: [strategies.a] max_drawdown cannot be set for a strategy"),
        (
            "\n[strategies.ema.symbols.tsla]\nmin_cash = 1",
            "limits.toml:2: [strategies.ema.symbols.tsla] is no symbol, expected one such as SPY",
        ),
        (
            "\n[strategies.ema]\nsymbols = ['SPY']",
            "limits.toml:3: strategies.ema.symbols is a value, expected [limits], ",
        ),
        ("\n[strategies.ema.symbol.SPY]\nmin_cash = 1", "limits.toml:2: [strategies.ema] symbol is no limit"),
        ('[strategies.""]\nmin_cash = 1', 'limits.toml:1: [strategies.""] was expected to name a strategy'),
    ],
)
def test_a_mistake_is_told_with_file_line_table_what_it_was_and_what_was_expected(text: str, says: str):
    (found,) = problems(text)
    assert found.startswith(says)


def test_every_mistake_is_told_at_once():
    assert len(problems("[limits]\nmin_cash = -1\nmax_concurrent = 0\n[symbols.x]\n[other]\na = 1")) == 4


@pytest.mark.parametrize("file", SHIPPED, ids=lambda file: file.parent.name)
def test_the_file_that_comes_with_it_says_nothing(file: Path):
    assert read(file.read_text()) == {}
