"""What the environment says about this process."""

from decimal import Decimal

from msgspec import Struct


class Settings(Struct, frozen=True, kw_only=True):
    exchange_host: str = "127.0.0.1"
    exchange_port: int = 8090  # 0: any free port
    exchange_speed: float = 60.0  # market seconds per second
    exchange_state: str = ".interlock/exchange"
    exchange_bars: str = ""  # empty: the recorded days that come with the package
    exchange_cash: Decimal = Decimal(100_000)
    exchange_accounts: str = ""  # key:secret:account,…; empty: the pair name, name opens the account name
    exchange_partial_fills: int = 0
    exchange_lose_response_every: int = 0
    exchange_loop: bool = True
    log_level: str = "INFO"
