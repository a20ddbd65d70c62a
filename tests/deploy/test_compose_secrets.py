from __future__ import annotations

import re
import stat
from pathlib import Path

import pytest

from contracts.channels import SERVICES
from tools import compose_secrets
from tools.compose_secrets import KEYS, SECOND, files, write
from tools.nats_conf import text, variable


def settings(file: str) -> dict[str, str]:
    return dict(line.split("=", 1) for line in file.splitlines())


@pytest.mark.parametrize("profile", list(KEYS))
def test_servers_and_services_are_told_the_same_passwords(profile: str):
    made = files(profile)
    bus, migrate = settings(made["nats"]), settings(made["migrate"])

    assert compose_secrets.SERVICES == SERVICES
    assert set(bus) == set(re.findall(r"\$(NATS_PASSWORD_\w+)", text()))
    for user in (*SERVICES, "provision"):
        assert settings(made[user])["NATS_URL"] == f"nats://{user}:{bus[variable(user)]}@nats:4222"
    assert settings(made["audit"])["DATABASE_URL"] == migrate["DATABASE_URL"]
    assert migrate["DATABASE_ADMIN_URL"] == f"postgresql://postgres:{made['postgres']}@postgres:5432/postgres"


def test_a_broker_key_reaches_the_executor_alone():
    assert [name for name, text in files("paper").items() if "ALPACA" in text] == ["executor", SECOND]
    assert [name for name, text in files("live").items() if "ALPACA" in text] == ["executor"]


def test_a_second_account_has_the_executors_password_and_keys_of_its_own():
    made = files("paper")
    first, second = settings(made["executor"]), settings(made[SECOND])
    assert second["NATS_URL"] == first["NATS_URL"]
    assert (first["ALPACA_API_KEY"], second["ALPACA_API_KEY"]) == ("paper", "growth")
    assert first.keys() == second.keys()


def test_passwords_are_made_once_and_differ_between_profiles(tmp_path: Path):
    folder = tmp_path / "secrets"
    assert [write(folder, profile) for profile in KEYS] == [True, True]
    before = {file: file.read_text() for file in folder.rglob("*") if file.is_file()}

    assert [write(folder, profile) for profile in KEYS] == [False, False]

    assert {file: file.read_text() for file in before} == before
    assert (folder / "paper" / "nats").read_text() != (folder / "live" / "nats").read_text()
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
