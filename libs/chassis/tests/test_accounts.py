from __future__ import annotations

import pytest

from chassis.accounts import Account, Accounts, called, is_dry, names, own, variable
from chassis.settings import SettingsError, load


@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        ({}, ("paper",)),
        ({"ACCOUNT": "mine"}, ("mine",)),
        ({"ACCOUNT": "mine", "ACCOUNTS": " main, growth ,"}, ("main", "growth")),
        ({"ACCOUNTS": "main, growth", "DRY_RUN": "1"}, ("main-dry", "growth-dry")),
    ],
)
def test_the_list_wins_over_the_one(environ: dict[str, str], expected: tuple[str, ...]):
    assert names(load(Accounts, environ)) == expected


@pytest.mark.parametrize(
    ("listed", "says"),
    [
        ("main,a b", "an account was called 'a b', expected at most 100 letters"),
        ("main,all", "an account was called 'all', expected at most 100 letters, digits, - or _, and not 'all'"),
        ("main,main", "ACCOUNTS holds 'main' and 'main', expected names that differ"),
        ("a-b,A_B", "ACCOUNTS holds 'a-b' and 'A_B', expected names that differ"),
    ],
)
def test_a_list_that_makes_no_sense_is_named(listed: str, says: str):
    with pytest.raises(SettingsError) as refused:
        names(load(Accounts, {"ACCOUNTS": listed}))
    assert str(refused.value).startswith(says)


def test_an_account_is_spelt_at_the_end_of_its_variables():
    assert variable("growth-2") == "_GROWTH_2"


@pytest.mark.parametrize(("dry_run", "name"), [("0", "growth"), ("1", "growth-dry")])
def test_in_a_dry_run_an_account_has_a_name_of_its_own(dry_run: str, name: str):
    named = own(load(Account, {"ACCOUNT": "growth", "DRY_RUN": dry_run}))
    assert (named, is_dry(named), called(named)) == (name, dry_run == "1", "growth")


def test_no_other_account_may_be_called_like_that():
    with pytest.raises(SettingsError, match="an account was called 'growth-dry', expected no -dry at its end"):
        own(load(Account, {"ACCOUNT": "growth-dry"}))


@pytest.mark.parametrize("environ", [{"ACCOUNT": "all"}, {"ACCOUNT": "a" * 97, "DRY_RUN": "1"}])
def test_a_process_alone_refuses_what_a_list_would(environ: dict[str, str]):
    with pytest.raises(SettingsError, match="an account was called"):
        own(load(Account, environ))
