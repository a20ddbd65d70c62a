from __future__ import annotations

from pathlib import Path

from tools.nats_conf import text

CONF = Path(__file__).parents[2] / "deploy" / "nats" / "nats.conf"


def test_the_shipped_configuration_is_what_the_contracts_say():
    assert CONF.read_text(encoding="utf-8") == text(), "run make contracts"
