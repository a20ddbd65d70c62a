"""What the environment says about this process."""

from decimal import Decimal
from typing import Annotated, TypeAlias

from msgspec import Meta, Struct

from paper_exchange.outbox import Frames
from paper_exchange.plan import Plan
from paper_exchange.tape import Hours

Count: TypeAlias = Annotated[int, Meta(ge=0)]


class Settings(Struct, frozen=True, kw_only=True):
    exchange_host: str = "127.0.0.1"
    exchange_port: int = 8090  # 0: any free port
    exchange_speed: Annotated[float, Meta(gt=0)] = 60.0  # market seconds per second
    exchange_state: str = ".interlock/exchange"
    exchange_bars: str = ""  # empty: the recorded days that come with the package
    exchange_hours: Hours = Hours.REGULAR
    exchange_feed: Plan = Plan.IEX  # the market-data subscription of every account
    exchange_cash: Decimal = Decimal(100_000)  # of an account that is new
    exchange_accounts: str = ""  # key:secret:account,…; empty: the pair name, name opens the account name
    exchange_partial_fills: Count = 0  # every n-th divisible order is filled in two executions
    exchange_partial_fill_share: Annotated[float, Meta(ge=0, le=1)] = 0  # of those that come in parts
    exchange_slippage_bps: Annotated[float, Meta(ge=0)] = 0  # against who takes the quote
    exchange_latency_ms: Count = 0  # until an order, a cancel or a replacement takes effect, by the wall clock
    exchange_seed: str = ""  # of ids and of chance, for a state that is new; empty: another one each time
    exchange_faults: str = ""  # seed=7,lost_response=0.05,…; empty: nothing goes wrong
    exchange_frames: Frames = Frames.BINARY  # of trade_updates
    exchange_streams_per_account: Annotated[int, Meta(ge=1)] = 1
    exchange_heartbeat: Annotated[float, Meta(gt=0)] = 30  # seconds between the pings of a stream
    exchange_requests_per_minute: Count = 200  # of an account, for trading; 0: any number
    exchange_loop: bool = True  # without it the market stays closed after the last recorded day
    log_level: str = "INFO"
