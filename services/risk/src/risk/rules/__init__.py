"""The rules in the order they are asked. A rule's name is the code of its denial; the first broken one names it."""

from __future__ import annotations

from risk.candidate import Rule
from risk.rules.account_known import account_known
from risk.rules.blacklist import blacklist
from risk.rules.buying_power import buying_power
from risk.rules.confidence import confidence
from risk.rules.corporate_action import corporate_action
from risk.rules.day_trades import day_trades
from risk.rules.duplicate import duplicate
from risk.rules.earnings import earnings
from risk.rules.entries_per_symbol import entries_per_symbol
from risk.rules.frozen import frozen
from risk.rules.gate import gate
from risk.rules.gross_exposure import gross_exposure
from risk.rules.halt import halt
from risk.rules.hold import hold
from risk.rules.known_price import known_price
from risk.rules.locked import locked
from risk.rules.margin import margin
from risk.rules.market_hours import market_hours
from risk.rules.max_concurrent import max_concurrent
from risk.rules.min_cash import min_cash
from risk.rules.mode import mode
from risk.rules.nothing_to_sell import nothing_to_sell
from risk.rules.open_orders import open_orders
from risk.rules.order_notional import order_notional
from risk.rules.order_rate import order_rate
from risk.rules.orders_per_day import orders_per_day
from risk.rules.position_size import position_size
from risk.rules.price_collar import price_collar
from risk.rules.sector_exposure import sector_exposure
from risk.rules.session import session
from risk.rules.size import size
from risk.rules.source import source
from risk.rules.spread import spread
from risk.rules.stale import stale
from risk.rules.stale_quote import stale_quote
from risk.rules.stop_loss import stop_loss
from risk.rules.symbol_notional import symbol_notional
from risk.rules.take_profit import take_profit
from risk.rules.tradable import tradable
from risk.rules.trading_halt import trading_halt
from risk.rules.trading_window import trading_window
from risk.rules.unknown_order import unknown_order
from risk.rules.wash_trade import wash_trade
from risk.rules.whitelist import whitelist

ENTRY_RULES: tuple[Rule, ...] = (
    hold,
    source,
    confidence,
    mode,
    gate,
    halt,
    locked,
    whitelist,
    blacklist,
    stale,
    market_hours,
    trading_window,
    session,
    earnings,
    corporate_action,
    duplicate,
    unknown_order,
    frozen,
    trading_halt,
    tradable,
    known_price,
    stale_quote,
    spread,
    price_collar,
    stop_loss,
    take_profit,
    account_known,
    size,
    order_notional,
    position_size,
    symbol_notional,
    entries_per_symbol,
    max_concurrent,
    open_orders,
    order_rate,
    orders_per_day,
    gross_exposure,
    sector_exposure,
    wash_trade,
    buying_power,
    min_cash,
    margin,
    day_trades,
)

# Leaving must always be possible: no halt, hour, price or limit is asked here.
EXIT_RULES: tuple[Rule, ...] = (hold, confidence, mode, stale, duplicate, nothing_to_sell)
