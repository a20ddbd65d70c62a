"""REST v2: the history of an account's worth, as it is asked for."""

import re
from datetime import date
from decimal import Decimal

from aiohttp import web

from exchange.accounts import Account
from exchange.refusals import malformed, unacceptable
from paper_exchange import past
from paper_exchange.floor import Floor
from paper_exchange.http import RefusedError, account, answer, choice, flag, floor, moment, needed_day, words
from paper_exchange.market import played
from paper_exchange.portfolio import History, Price, deposit, history
from paper_exchange.sessions import Sessions
from paper_exchange.tape import MINUTE, SECOND
from paper_exchange.times import DAY, in_new_york, midnight
from paper_exchange.windows import REPORTING, TIMEFRAMES, Asked, windows
from paper_exchange.wire import Json

RESETS = ("per_day", "no_reset")
UNITS = {"D": 1, "W": 7, "M": 30, "A": 365}
WEEK, MONTH = 7, 30
DEPOSIT = "JNLC"


def routes() -> list[web.RouteDef]:
    return [web.get("/v2/account/portfolio/history", _history)]


async def _history(request: web.Request) -> web.StreamResponse:
    one, house = account(request), floor(request)
    now = house.moment().now
    asked = _asked(request, house.sessions, now)
    found = history(one, windows(asked, house.sessions, now), _prices(house, now))
    body: dict[str, Json] = {
        "timestamp": [each.window.label // SECOND for each in found.elements],
        "equity": [_rounded(each.equity, 2) for each in found.elements],
        "profit_loss": [_rounded(each.gain, 2) for each in found.elements],
        "profit_loss_pct": [None if each.share is None else _rounded(each.share, 4) for each in found.elements],
        "base_value": _rounded(found.base, 2),
    }
    if found.based_at is not None:
        body["base_value_asof"] = in_new_york(found.based_at)[:10]
    return answer({**body, "timeframe": asked.timeframe, "cashflow": _flows(request, one, asked, found)})


def _flows(request: web.Request, one: Account, asked: Asked, found: History) -> dict[str, Json]:
    """Tell what was paid in during each window: nothing but the deposit that opened the account."""
    if not {word.upper() for word in words(request, "cashflow_types")} & {"ALL", DEPOSIT}:
        return {}
    ends = [each.window.end for each in found.elements]
    starts = [ends[0] - TIMEFRAMES[asked.timeframe], *ends] if ends else []
    paid = _rounded(deposit(one), 2)
    return {DEPOSIT: [paid if start < one.created_at <= end else 0 for start, end in zip(starts, ends, strict=False)]}


def _asked(request: web.Request, sessions: Sessions, now: int) -> Asked:
    start = moment(request, "start")
    end = midnight(needed_day(request, "date_end")) + DAY if "date_end" in request.query else moment(request, "end")
    period = _period(request)
    if None not in (start, end, period):
        raise RefusedError(unacceptable("only two of start, end and period can be specified"))
    if end is None:
        end = now if start is None or period is None else start + period * DAY
    end = min(end, now)
    if start is None:
        period = period or MONTH
        start = midnight(_last_day(sessions, end)) + DAY - period * DAY
    if start > end:
        raise RefusedError(unacceptable("start must not be after end, nor in the future"))
    days = period or -(-(end - start) // DAY)
    timeframe = choice(request, "timeframe", _usual(days), tuple(TIMEFRAMES))
    if days > MONTH and timeframe != "1D":
        raise RefusedError(malformed(f"timeframe was {timeframe}, expected 1D for more than {MONTH} days"))
    usual = "extended_hours" if flag(request, "extended_hours") else "market_hours"
    reporting = choice(request, "intraday_reporting", usual, REPORTING)
    return Asked(start, end, timeframe, reporting, choice(request, "pnl_reset", "per_day", RESETS) == "per_day")


def _usual(days: int) -> str:
    if days < WEEK:
        return "1Min"
    return "15Min" if days < MONTH else "1D"


def _period(request: web.Request) -> int | None:
    """Read a number of days; a month is counted as 30, a year as 365."""
    text = request.query.get("period")
    if text is None:
        return None
    form = re.fullmatch(r"([1-9]\d{0,3})([DWMA])", text)
    if form is None:
        raise RefusedError(malformed(f"period was {text[:20]}, expected a number and D, W, M or A"))
    return int(form[1]) * UNITS[form[2]]


def _last_day(sessions: Sessions, at: int) -> date:
    """Give the last trading day that has begun."""
    index = sessions.index(at)
    return date.fromisoformat(sessions[index if sessions[index].opens <= at or index == 0 else index - 1].date)


def _prices(house: Floor, now: int) -> Price:
    """Tell the price of a symbol at a moment: that of the last minute that had ended, or the one that is shown now."""
    shown = house.state.prints

    def price(symbol: str, at: int) -> Decimal:
        if at >= now and symbol in shown:
            return shown[symbol].price
        last = house.sessions.index(at)
        found = (_price(house, index, symbol, at) for index in range(last, max(-1, last - 2), -1))
        return next((one for one in found if one is not None), house.closing_price(symbol))

    return price


def _price(house: Floor, index: int, symbol: str, at: int) -> Decimal | None:
    """Give the close of the last minute of a session that had ended, and was not one of a halt."""
    session, bars = house.sessions[index], house.tape.day(index).symbols.get(symbol, {})
    start, end = ((edge - session.midnight) // MINUTE for edge in played(house.tape.hours, session))
    passed = (at - session.midnight) // MINUTE
    trades = past.trading(house, symbol)
    minutes = (minute for minute in range(min(passed, end) - 1, start - 1, -1) if minute in bars)
    return next((bars[one].close for one in minutes if trades(session.midnight + (one + 1) * MINUTE)), None)


def _rounded(value: Decimal, digits: int) -> float:
    return round(float(value), digits)
