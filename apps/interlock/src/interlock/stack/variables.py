"""Every variable that people may set: the source of `.env.example`, of warnings and of who sees which secret."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import chain

from api_gateway.limits.environment import prefix_of
from api_gateway.limits.fields import GROUPS, MEANINGS, VALUES, variable, written
from chassis.settings import ALIASES
from interlock.stack.variable import Unused, Variable

_BY_SPEED = "60; on the paper exchange 15 times its speed"


def _limit(name: str) -> Variable:
    called = variable(name)
    default = _BY_SPEED if name in {"signal_max_age_seconds", "approval_ttl_seconds"} else written(VALUES[name])
    also = ALIASES.get(called, ())
    return Variable(called, "", f"{MEANINGS[name]}; empty: {default}" if default else MEANINGS[name], also=also)


USED: dict[str, tuple[Variable, ...]] = {
    "Broker (alpaca without a key: the paper exchange)": (
        Variable("BROKER", "alpaca", "alpaca or tradier"),
        Variable("ALPACA_API_KEY", "", "key of an Alpaca paper account", owner="executor"),
        Variable("ALPACA_API_SECRET", "", "its secret", owner="executor", also=("ALPACA_SECRET_KEY",)),
        Variable(
            "ALPACA_BASE_URL", "", "Alpaca's trading API; empty: https://paper-api.alpaca.markets",
            also=("ALPACA_ENDPOINT", "ALPACA_TRADING_BASE_URL"),
        ),
        Variable("ALPACA_DATA_URL", "", "Alpaca's market data; empty: https://data.alpaca.markets"),
        Variable("ALPACA_DATA_STREAM_URL", "", "its stream; empty: wss://stream.data.alpaca.markets/v2/iex"),
        Variable("PROFILE", "paper", "paper or live; live needs keys of a live account and LIVE_CONFIRM"),
        Variable("ALPACA_LIVE_API_KEY", "", "key of a live account", owner="executor"),
        Variable("ALPACA_LIVE_API_SECRET", "", "its secret", owner="executor"),
        Variable("TRADIER_TOKEN", "", "token of Tradier's sandbox", owner="executor", also=("TRADIER_ACCESS_TOKEN",)),
        Variable("TRADIER_ACCOUNT", "", "its account", owner="executor", also=("TRADIER_ACCOUNT_ID",)),
        Variable("TRADIER_BASE_URL", "", "Tradier's API; empty: its sandbox, https://sandbox.tradier.com/v1"),
        Variable("TRADIER_LIVE_TOKEN", "", "token of a live account at Tradier", owner="executor"),
        Variable("TRADIER_LIVE_ACCOUNT", "", "its number", owner="executor"),
        Variable("TRADIER_POLL_SECONDS", "5", "how often Tradier's orders are looked at"),
        Variable("PRICES", "broker", "broker: its own prices; polygon: Polygon's, as far as its plan goes"),
        Variable("POLYGON_API_KEY", "", "key of Polygon", owner="executor"),
        Variable("POLYGON_URL", "", "Polygon's API; empty: https://api.polygon.io"),
        Variable("POLYGON_STREAM_URL", "", "its stream; empty: wss://socket.polygon.io/stocks"),
        Variable("LIVE_CONFIRM", "", "yes-trade-real-money, or nothing is sent to a live account"),
        Variable("ACCOUNT", "paper", "what the account is called in the log"),
        Variable("ACCOUNTS", "", "several instead, parted by commas; growth has BROKER_GROWTH …: docs/accounts.md"),
        Variable("SYMBOLS", "", "symbols whose prices are followed from the start, parted by commas"),
        Variable("MAX_SYMBOLS", "30", "how many symbols the data plan allows to follow"),
        Variable("MAX_RETRIES", "3", "how often a request that surely did nothing is sent again"),
        Variable("REQUESTS_PER_MINUTE", "200", "the broker's limit for the account; 0: none"),
        Variable("PRICE_REQUESTS_PER_MINUTE", "200", "the data plan's limit for questions about prices; 0: none"),
        Variable("RECONCILE_SECONDS", "60", "how often orders and positions are compared with the broker's"),
        Variable("MARKET_SPEED", "1", "market seconds per second; the paper exchange's own speed is set below"),
    ),
    "Signals": (
        Variable("WEBSOCKET_URL", "", "signal server, such as ws://localhost:8004; empty: none"),
        Variable("HEARTBEAT_INTERVAL", "30", "seconds between pings to it"),
    ),
    "Trading": (
        Variable("DRY_RUN", "0", "1: orders are played here at real prices, and none is sent: docs/dry-run.md"),
        Variable("TRADE_MODE", "manual", "manual: only your own signals trade; auto: all do"),
        Variable("LIMITS_FILE", "", "file of limits; empty: config/limits.toml, where there is one"),
        Variable("SESSION_POLICY_FILE", "", "YAML file of the day's sessions: docs/session-policies.md; empty: none"),
        Variable(
            "EARNINGS_CALENDAR", "", "CSV or iCalendar file of earnings, or its address; empty: none",
            owner="api-gateway",
        ),
        Variable("SECTORS_FILE", "", "CSV file of symbols and their sectors; empty: none"),
    ),
    # Empty, because what the environment says wins over the file: a copied example must not silence it.
    **{f"Limits: {title.lower()}": tuple(map(_limit, group)) for title, group in GROUPS.items()},
    "Limits of one symbol": (
        Variable("QTY_AAPL", "", "shares of an entry in AAPL, whatever SIZING says; so for any symbol, BRK.B is BRK_B"),
        Variable("STOP_AAPL", "", "STOP_PCT for AAPL, whatever STOP_DOLLARS says"),
        Variable("TP_AAPL", "", "TP_PCT for AAPL"),
        Variable("TRAIL_AAPL", "", "TRAIL_PCT for AAPL"),
        Variable("TRAIL_ACT_AAPL", "", "TRAIL_ACT_PCT for AAPL"),
    ),
    "Addresses": (
        Variable("INTERLOCK_HOME", ".interlock", "folder of state, logs and secrets (from the environment only)"),
        Variable("API_HOST", "127.0.0.1", "where the API listens"),
        Variable("API_PORT", "8000", "the API's port"),
        Variable("EXCHANGE_PORT", "8090", "the paper exchange's port"),
        Variable("TRADING_API_KEY", "", "key of the API, 16 characters or more; empty: made once", owner="stack"),
        Variable("DATABASE_URL", "", "PostgreSQL as the audit's writer; empty: the embedded one", owner="audit"),
        Variable("DATABASE_ADMIN_URL", "", "the same as one who may make tables and roles", owner="migrate"),
        Variable("LOG_MAX_BYTES", "8589934592", "size of the log, beyond which it refuses facts"),
    ),
    "Paper exchange": (
        Variable("EXCHANGE_SPEED", "60", "market seconds per second"),
        Variable("EXCHANGE_CASH", "100000", "dollars of a new account"),
        Variable(
            "EXCHANGE_ACCOUNTS", "", "key:secret:account, …, paper:paper:paper among them; empty: any name:name",
            owner="paper-exchange",
        ),
        Variable("EXCHANGE_BARS", "", "file of recorded minute or daily bars; empty: the two days that come with it"),
        Variable("EXCHANGE_HOURS", "regular", "extended: from 04:00 to 20:00 New York, as far as there are bars"),
        Variable("EXCHANGE_FEED", "iex", "market-data plan of every account; sip: SIP data, any number of symbols"),
        Variable("EXCHANGE_LOOP", "1", "0: the market ends with the recording"),
        Variable("EXCHANGE_REQUESTS_PER_MINUTE", "200", "calls for trading that an account may make; 0: any number"),
        Variable("EXCHANGE_PARTIAL_FILLS", "0", "n: every n-th fill comes in two parts"),
        Variable("EXCHANGE_PARTIAL_FILL_SHARE", "0", "0 to 1: how many of the fills come in parts of random size"),
        Variable("EXCHANGE_SLIPPAGE_BPS", "0", "basis points that the quote moves against who takes it"),
        Variable("EXCHANGE_LATENCY_MS", "0", "milliseconds until an order, a cancel or a replacement takes effect"),
        Variable("EXCHANGE_SEED", "", "makes the ids and chances of a new exchange the same each time"),
        Variable("EXCHANGE_FAULTS", "", "what goes wrong: seed=7,lost_response=0.05,…: docs/exchange-faults.md"),
        Variable("EXCHANGE_FRAMES", "binary", "text: trade_updates come as text frames, as on live accounts"),
        Variable("EXCHANGE_STREAMS_PER_ACCOUNT", "1", "connections of an account to each stream at once"),
        Variable("EXCHANGE_HEARTBEAT", "30", "seconds between the pings of its streams; who is silent then is gone"),
    ),
    "Observation": (
        Variable("LOG_LEVEL", "INFO", "DEBUG, INFO, WARNING or ERROR"),
        Variable("OTEL_EXPORTER_OTLP_ENDPOINT", "", "OTLP/HTTP collector of traces; empty: none are sent"),
    ),
}  # fmt: skip

UNUSED = (
    Unused("ALPACA_PAPER_TRADING", "PROFILE says it"),
    Unused("ALPACA_DATA_FEED", "ALPACA_DATA_STREAM_URL ends with it, iex or sip"),
    Unused("TRADIER_ENV", "TRADIER_BASE_URL says it"),
    Unused("USE_POLYGON_EQUITY", "PRICES=polygon says it"),
    Unused("OPENAI_API_KEY", "the advisor"),
    Unused("STRATEGY_INTERVAL", "bars of the built-in strategies"),
    Unused("SCAN_INTERVAL_SEC", "the scanner"),
    Unused("REDIS_URL", "there is no Redis: the log is the queue"),
    Unused("ENGINE_POLL_INTERVAL_SECONDS", "RECONCILE_SECONDS says it"),
    Unused("ENGINE_SYNC_MIN_INTERVAL_SECONDS", "positions follow each fill"),
    Unused("ENGINE_ENABLE_TRADING_WS", "the broker's stream is always on"),
    Unused("ENGINE_TRADING_WS_MAX_BACKOFF_SECONDS", "it is 30"),
)


def _variables() -> list[Variable]:
    return list(chain.from_iterable(USED.values()))


def withheld(part: str) -> frozenset[str]:
    """Name the secrets that a part must not see, by all their names."""
    others = [v for v in _variables() if v.owner and v.owner != part]
    return frozenset(chain.from_iterable((v.name, *v.also) for v in others))


def warnings(dotenv: Mapping[str, str]) -> list[str]:
    """Say of each variable in a `.env` that nothing reads what it is: known but unused, or perhaps misspelt."""
    used = set(chain.from_iterable((v.name, *v.also) for v in _variables()))
    unused = {v.name: v.what for v in UNUSED}
    found: list[str] = []
    for name, value in dotenv.items():
        if name in used or prefix_of(name) or not value:
            continue
        if name in unused:
            found.append(f"{name} in .env is not used yet ({unused[name]})")
        else:
            found.append(f"{name} in .env is unknown: is it misspelt?")
    return found


def example() -> str:
    """Write `.env.example`."""
    lines = ["# Copy to .env and change what you like; an empty value means the default. `make up` reads it.", ""]
    for title, variables in USED.items():
        lines.append(f"# {title}")
        for one in variables:
            names = f" (also read as {', '.join(one.also)})" if one.also else ""
            lines += [f"# {one.what}{names}", f"{one.name}={one.default}"]
        lines.append("")
    lines.append("# Known from elsewhere, not used yet: setting one brings a warning.")
    lines += [f"# {unused.name}: {unused.what}" for unused in UNUSED]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    print(example(), end="")  # noqa: T201 - the file's text is its output
