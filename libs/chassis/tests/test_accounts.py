from __future__ import annotations

import pytest

from chassis.accounts import Accounts, names, variable
from chassis.settings import SettingsError, load


@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        ({}, ("paper",)),
        ({"ACCOUNT": "mine"}, ("mine",)),
        ({"ACCOUNT": "mine", "ACCOUNTS": " main, growth ,"}, ("main", "growth")),
    ],
)
def test_the_list_wins_over_the_one(environ: dict[str, str], expected: tuple[str, ...]):
    assert names(load(Accounts, environ)) == expected


@pytest.mark.parametrize(
    ("listed", "says"),
    [
        ("main,a b", "ACCOUNTS holds 'a b', expected letters"),
        ("main,all", "ACCOUNTS holds 'all', expected letters, digits, - or _, and not 'all'"),
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
