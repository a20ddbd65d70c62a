from __future__ import annotations

import re
from pathlib import Path

import msgspec
import pytest

from api_gateway.access import KeySettings
from api_gateway.limits.environment import LimitSettings
from api_gateway.plans.reading import PlanSettings
from api_gateway.settings import DoorSettings, TradingSettings
from audit.__main__ import Settings as AuditSettings
from audit.migrate import Settings as MigrateSettings
from chassis.accounts import Accounts
from chassis.provision import Settings as ProvisionSettings
from chassis.service import ServiceSettings
from chassis.settings import ALIASES
from executor.settings import Settings as ExecutorSettings
from interlock.stack.choice import Wanted
from interlock.stack.dotenv import read
from interlock.stack.variables import USED, example, warnings, withheld
from paper_exchange.settings import Settings as ExchangeSettings
from signal_gateway.__main__ import Settings as SignalSettings

EXAMPLE = Path(__file__).parents[3] / ".env.example"

# What people know from the systems that this one takes the place of.
KNOWN = frozenset(
    re.findall(
        r"\w+",
        """
ALPACA_API_KEY ALPACA_API_SECRET ALPACA_BASE_URL WEBSOCKET_URL TRADE_MODE CONFIDENCE_THRESHOLD DEFAULT_QUANTITY
MAX_RETRIES HEARTBEAT_INTERVAL LOG_LEVEL ALPACA_SECRET_KEY ALPACA_ENDPOINT DATABASE_URL TRADING_API_KEY
OPENAI_API_KEY ALPACA_TRADING_BASE_URL ALPACA_PAPER_TRADING ALPACA_DATA_FEED REDIS_URL ENGINE_POLL_INTERVAL_SECONDS
ENGINE_SYNC_MIN_INTERVAL_SECONDS ENGINE_ENABLE_TRADING_WS ENGINE_TRADING_WS_MAX_BACKOFF_SECONDS
TRADIER_ACCESS_TOKEN TRADIER_ENV TRADIER_ACCOUNT_ID POLYGON_API_KEY USE_POLYGON_EQUITY DRY_RUN SYMBOLS ORDER_QTY
STRATEGY_INTERVAL TRADING_WINDOW_START TRADING_WINDOW_END RISK_MAX_CONCURRENT RISK_MAX_OPEN_ORDERS SYMBOL_WHITELIST
SYMBOL_BLACKLIST MIN_CASH_USD SESSION_POLICY_FILE STOP_PCT TP_PCT QTY_AAPL STOP_AAPL TP_AAPL TRAIL_AAPL
TRAIL_ACT_AAPL TRAIL_PCT TRAIL_ACT_PCT SCAN_INTERVAL_SEC
""",
    )
)

# The stack gives these to each process itself.
INTERNAL = {
    "NATS_URL",
    "HEALTH_HOST",
    "HEALTH_PORT",
    "LOG_REPLICAS",
    "API_KEY_FILE",
    "EXCHANGE_HOST",
    "DRY_RUN_FOLDER",
    "EXCHANGE_STATE",
    "MARKET_FEED",
}
READ = (
    Wanted,
    ServiceSettings,
    Accounts,
    ProvisionSettings,
    DoorSettings,
    TradingSettings,
    LimitSettings,
    PlanSettings,
    KeySettings,
    ExecutorSettings,
    ExchangeSettings,
    MigrateSettings,
    AuditSettings,
    SignalSettings,
)


def named(text: str) -> set[str]:
    also = re.findall(r"also read as ([A-Z0-9_, ]+)", text)
    return {*re.findall(r"^(?:# )?([A-Z][A-Z0-9_]+)[=:]", text, re.MULTILINE), *", ".join(also).split(", ")}


def test_the_example_is_what_the_table_of_variables_says():
    assert EXAMPLE.read_text() == example(), "run: python -m interlock.stack.variables > .env.example"


def test_the_example_names_every_variable_that_people_know():
    assert KNOWN - named(example()) == set()


def test_other_names_are_promised_as_they_are_read():
    assert {one.name: one.also for group in USED.values() for one in group if one.also} == ALIASES


@pytest.mark.parametrize("settings", READ)
def test_the_example_names_every_setting_that_is_read(settings: type[msgspec.Struct]):
    fields = {field.name.upper() for field in msgspec.structs.fields(settings)}

    assert fields - named(example()) - INTERNAL == set()


def test_a_misspelt_and_an_unused_variable_are_told_apart_and_a_known_one_is_not_told():
    found = warnings(
        {
            "TRADE_MODE": "auto", "ALPACA_SECRET_KEY": "x", "TRAED_MODE": "auto", "QTY_MSFT": "2", "ORDER_QTY": "2",
            "STOP_MSFT": "2", "OPENAI_API_KEY": "x", "DRY_RUN": "",
        }
    )  # fmt: skip

    assert found == [
        "TRAED_MODE in .env is unknown: is it misspelt?",
        "OPENAI_API_KEY in .env is not used yet (the advisor)",
    ]


def test_a_copied_example_brings_no_warning(tmp_path: Path):
    (tmp_path / ".env").write_text(example())

    assert warnings(read(tmp_path / ".env")) == []


def test_a_secret_is_withheld_by_all_its_names():
    assert {"ALPACA_API_SECRET", "ALPACA_SECRET_KEY", "ALPACA_LIVE_API_KEY"} <= withheld("risk")
    assert "ALPACA_SECRET_KEY" not in withheld("executor")
