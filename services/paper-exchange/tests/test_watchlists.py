"""Watchlists: what may be in one, and how they are found."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import requests

Call = Callable[..., requests.Response]


def make(call: Call, name: str = "mine", *symbols: str) -> str:
    return call("POST", "/v2/watchlists", json={"name": name, "symbols": symbols}).json()["id"]


def watched(call: Call, path: str) -> list[str]:
    return [asset["symbol"] for asset in call("GET", path).json()["assets"]]


def test_a_watchlist_keeps_its_symbols_in_order(call: Call):
    path = f"/v2/watchlists/{make(call, 'mine', 'WAVE')}"
    call("POST", path, json={"symbol": "FLAT"})
    assert watched(call, path) == ["WAVE", "FLAT"]
    call("DELETE", f"{path}/WAVE")
    assert watched(call, path) == ["FLAT"]
    call("PUT", path, json={"symbols": ["WAVE", "FLAT"]})
    assert watched(call, path) == ["WAVE", "FLAT"]


def test_a_watchlist_is_found_by_its_name_too(call: Call):
    made = make(call, "my list", "WAVE")
    path = "/v2/watchlists:by_name?name=my+list"
    assert call("GET", path).json()["id"] == made
    call("PUT", path, json={"name": "ours"})
    assert call("GET", path).status_code == 404
    assert call("GET", f"/v2/watchlists/{made}").json()["name"] == "ours"


def test_a_deleted_watchlist_is_gone(call: Call):
    path = f"/v2/watchlists/{make(call)}"
    answer = call("DELETE", path)
    assert (answer.status_code, answer.content) == (204, b"")
    assert call("GET", path).status_code == 404
    assert call("GET", "/v2/watchlists").json() == []


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({"symbols": ["FLAT"]}, "watchlist name must have 1 to 64 characters"),
        ({"name": "x" * 65}, "watchlist name must have 1 to 64 characters"),
        ({"name": "mine"}, "watchlist name must be unique"),
        ({"name": "other", "symbols": ["NOPE"]}, 'asset "NOPE" not found'),
        ({"name": "other", "symbols": ["FLAT", "FLAT"]}, "duplicate symbol FLAT"),
    ],
)
def test_a_watchlist_that_makes_no_sense_is_not_made(call: Call, body: dict[str, object], message: str):
    make(call)
    answer = call("POST", "/v2/watchlists", json=body)
    assert (answer.status_code, answer.json()["message"]) == (422, message)
    assert len(call("GET", "/v2/watchlists").json()) == 1


@pytest.mark.parametrize(
    ("method", "tail", "body", "status"),
    [
        ("PUT", "", {}, 422),
        ("POST", "", {}, 422),
        ("POST", "", {"symbol": "FLAT"}, 422),
        ("POST", "", {"symbol": "NOPE"}, 422),
        ("DELETE", "/WAVE", None, 404),
    ],
)
def test_a_change_that_makes_no_sense_changes_nothing(
    call: Call, method: str, tail: str, body: dict[str, str] | None, status: int
):
    path = f"/v2/watchlists/{make(call, 'mine', 'FLAT')}"
    before = call("GET", path).json()
    assert call(method, path + tail, json=body).status_code == status
    assert call("GET", path).json() == before
