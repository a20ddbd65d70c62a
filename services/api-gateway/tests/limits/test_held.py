"""What configuration must add to the log: each limit by itself, once, beside what people have said."""

from __future__ import annotations

from api_gateway.limits.environment import layout as of_environment
from api_gateway.limits.file import parse
from api_gateway.limits.held import Held, changes, take
from api_gateway.limits.layout import Layout, defaults, merged
from api_gateway.limits.shown import From, limits_of
from contracts import layers
from contracts.control import LimitsSet
from contracts.limits import Limits


def configured(text: str = "", **environ: str) -> Layout:
    found = parse(text, "limits.toml", ("paper", "growth"))
    assert found.problems == ()
    return merged(defaults(), found.layout, of_environment(environ))


def started(held: Held, layout: Layout) -> list[LimitsSet]:
    """Write what is missing, as a start or an edit does."""
    written = list(changes(held, layout))
    for fact in written:
        take(held, 1 + max(held.last.values(), default=0), fact)
    return written


def said(held: Held, by: str, **limits: object) -> None:
    """Let somebody else say something for everybody."""
    fact = LimitsSet(control_id="p", scope="all", limits=Limits(**limits), fields=tuple(limits), by=by)  # pyright: ignore[reportArgumentType] - names and values as the test gives them
    take(held, 1 + max(held.last.values(), default=0), fact)


def value(held: Held, name: str, symbol: str = "", account: str = "paper") -> object:
    of_account = layers.effective(held.layers, Limits(), account)
    return getattr(layers.narrowed(held.layers, of_account, account, "", symbol), name)


def test_the_first_start_says_every_limit_by_its_source_and_the_next_nothing():
    held, layout = Held(), configured("[limits]\nmin_cash = 5\n", RISK_MAX_CONCURRENT="7", ENTRY_DOLLARS="500")
    default, file, environment = started(held, layout)
    assert (default.by, file.by, environment.by) == ("default", "config/limits.toml", "environment")
    assert (file.fields, file.why) == (("min_cash",), "[limits]")
    assert environment.fields == ("sizing", "entry_dollars", "max_concurrent")
    assert environment.why == "ENTRY_DOLLARS, RISK_MAX_CONCURRENT"
    assert {*default.fields, *file.fields, *environment.fields} == set(Limits.__struct_fields__)
    assert len(default.fields) + 4 == len(Limits.__struct_fields__)
    assert started(held, layout) == []


def test_the_environment_wins_over_the_file_and_the_file_over_the_default():
    held = Held()
    started(held, configured("[limits]\nmax_concurrent = 5\nmin_cash = 5\n", RISK_MAX_CONCURRENT="7"))
    assert (value(held, "max_concurrent"), value(held, "min_cash"), value(held, "max_open_orders")) == (7, 5, 5)


def test_each_limit_of_the_environment_is_shown_with_the_variable_that_set_it():
    held = Held()
    started(held, configured(RISK_MAX_CONCURRENT="7", ENTRY_DOLLARS="500", QTY_AAPL="2"))
    shown = limits_of(held, "paper", "", "AAPL")
    names = ("max_concurrent", "entry_dollars", "default_quantity", "max_open_orders")
    assert [shown[name].why for name in names] == [
        "RISK_MAX_CONCURRENT", "ENTRY_DOLLARS", "QTY_AAPL", "nothing else is said",
    ]  # fmt: skip
    assert limits_of(held, "paper", "", "")["sizing"].why == "ENTRY_DOLLARS, RISK_MAX_CONCURRENT"


def test_a_value_that_configuration_says_too_is_shown_as_its():
    held = Held()
    started(held, configured("[limits]\nmax_concurrent = 5\n"))
    said(held, "ann", max_concurrent=2)
    assert limits_of(held, "paper", "", "")["max_concurrent"].origin is From.PERSON
    said(held, "ann", max_concurrent=5)
    assert limits_of(held, "paper", "", "")["max_concurrent"].origin is From.FILE


def test_an_edit_says_only_what_it_changes():
    held = Held()
    started(held, configured("[limits]\nmax_concurrent = 5\nmin_cash = 5\n"))
    (edit,) = started(held, configured("[limits]\nmax_concurrent = 6\nmin_cash = 5\n"))
    assert (edit.by, edit.fields, edit.limits.max_concurrent) == ("config/limits.toml", ("max_concurrent",), 6)
    (back,) = started(held, configured("[limits]\nmin_cash = 5\n"))
    assert (back.by, back.fields, value(held, "max_concurrent")) == ("default", ("max_concurrent",), 3)


def test_what_a_person_set_stands_until_configuration_changes_that_very_limit():
    held = Held()
    started(held, configured("[limits]\nmax_concurrent = 5\n"))
    said(held, "anna", max_concurrent=1)
    assert started(held, configured("[limits]\nmax_concurrent = 5\n")) == []
    started(held, configured("[limits]\nmax_concurrent = 5\nmin_cash = 5\n"))
    assert value(held, "max_concurrent") == 1
    started(held, configured("[limits]\nmax_concurrent = 6\nmin_cash = 5\n"))
    assert value(held, "max_concurrent") == 6


def test_the_same_value_from_another_source_is_no_change():
    held = Held()
    started(held, configured("[limits]\nmax_concurrent = 5\n"))
    assert started(held, configured(RISK_MAX_CONCURRENT="5")) == []


def test_what_leaves_a_narrower_table_is_cleared_whole_tables_too():
    held = Held()
    started(held, configured("[symbols.TSLA]\nmin_cash = 5\nmax_concurrent = 1\n[accounts.growth]\nmultiplier = 2\n"))
    assert (value(held, "max_concurrent", "TSLA"), value(held, "multiplier", account="growth")) == (1, 2)
    cleared = started(held, configured("[symbols.TSLA]\nmin_cash = 6\n"))
    assert [(fact.scope, fact.symbol, fact.fields, fact.cleared) for fact in cleared] == [
        ("all", "TSLA", ("min_cash",), ("max_concurrent",)),
        ("growth", "", (), ("multiplier",)),
    ]
    assert (value(held, "max_concurrent", "TSLA"), value(held, "min_cash", "TSLA")) == (3, 6)
    assert value(held, "multiplier", account="growth") == 1
    started(held, configured())
    assert value(held, "min_cash", "TSLA") == 0
    assert started(held, configured()) == []


def test_a_variable_of_a_symbol_that_is_gone_is_cleared_and_what_the_file_says_of_it_stays():
    held, file = Held(), "[symbols.TSLA]\nmin_cash = 5\ndefault_quantity = 4\n"
    started(held, configured(file, QTY_TSLA="2"))
    assert value(held, "default_quantity", "TSLA") == 2
    started(held, configured(file))
    assert (value(held, "default_quantity", "TSLA"), value(held, "min_cash", "TSLA")) == (4, 5)
    started(held, configured())
    assert value(held, "default_quantity", "TSLA") == 1


def test_several_gateways_that_see_the_same_name_their_facts_alike_and_later_ones_anew():
    one, other = Held(), Held()
    layout = configured("[limits]\nmin_cash = 5\n")
    first = changes(one, layout)
    assert first == changes(other, layout)
    # The other stored the first fact, and the one has seen that: the rest keeps its name.
    take(one, 1, first[0])
    assert changes(one, layout) == first[1:]
    take(one, 2, first[1])
    names = [fact.control_id for fact in first]
    for cash in (6, 5, 6):
        (edit,) = started(one, configured(f"[limits]\nmin_cash = {cash}\n"))
        names.append(edit.control_id)
    assert len(set(names)) == len(names) == 5


def test_a_log_from_before_the_layers_is_understood():
    held = Held()
    old = LimitsSet(control_id="o", scope="all", limits=Limits(max_concurrent=5), by="environment", why="read at start")
    take(held, 7, old)
    assert started(held, configured(RISK_MAX_CONCURRENT="5")) == []
    (edit,) = started(held, configured())
    assert (edit.by, edit.fields) == ("default", ("max_concurrent",))


def test_a_default_that_another_version_changes_is_said():
    held = Held()
    started(held, configured())
    layout = configured()
    held.configured[layers.key("all")].values = Limits(max_open_orders=9)
    assert [(fact.by, fact.fields) for fact in changes(held, layout)] == [("default", ("max_open_orders",))]
