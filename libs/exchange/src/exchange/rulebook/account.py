"""Chapters on the account: the names it has used, what its owner has set, what it may sell short."""

from msgspec.structs import replace

from exchange import accounts
from exchange.accounts import LEAST_FOR_MARGIN, Configuration
from exchange.book import Ticket, TimeInForce
from exchange.refusals import forbidden, malformed, unacceptable
from exchange.rulebook.examples import BUY, MONEY, SHORT, D, asked, configured
from exchange.rulebook.matrix import in_parts
from exchange.rulebook.rule import Chapter, Desk, Rule, Source
from exchange.rulebook.subjects import sells_short, symbol

NAME_LENGTH = 128


NAMES = Chapter(
    "The client's own id",
    (
        Rule(
            f"it has {NAME_LENGTH} characters at most",
            lambda ticket, _: len(ticket.client_order_id or "") > NAME_LENGTH,
            malformed(f"client_order_id must be no more than {NAME_LENGTH} characters"),
            (Source.SPEC, Source.REPORTED), asked(replace(BUY, client_order_id="n" * 129)),
            asked(replace(BUY, client_order_id="n" * 128)),
        ),
        Rule(
            "it is new", lambda ticket, desk: ticket.client_order_id in desk.account.client_order_ids,
            malformed("client_order_id must be unique"),
            (Source.CAPTURED, Source.MEASURED), asked(replace(BUY, client_order_id="filled")),
            asked(replace(BUY, client_order_id="unheard of")),
            note="for ever, also after the order has ended; HTTP 422 though the code begins with 400",
        ),
    ),
    "`client_order_id` may be left out: the exchange makes one.",
    lambda ticket, _: ticket.client_order_id is not None,
)  # fmt: skip

ACCOUNT = Chapter(
    "The account's settings",
    (
        Rule(
            "trading is not suspended", lambda _, desk: desk.account.configuration.suspend_trade,
            forbidden("account is not authorized to trade"),
            (Source.REPORTED,), asked(BUY, configured(Configuration(suspend_trade=True))), asked(BUY),
            note="the setting `suspend_trade`; cancels still work",
        ),
        Rule(
            "parts of shares are not switched off",
            lambda ticket, desk: in_parts(ticket) and not desk.account.configuration.fractional_trading,
            forbidden("fractional trading is disabled for this account"),
            (Source.REPORTED,), asked(MONEY, configured(Configuration(fractional_trading=False))), asked(MONEY),
            note="the setting `fractional_trading`",
        ),
    ),
)  # fmt: skip


def _may_not_short(_: Ticket, desk: Desk) -> bool:
    settings = desk.account.configuration
    cash_only = settings.max_margin_multiplier == "1"
    return settings.no_shorting or cash_only or accounts.equity(desk.account, desk.prints) < LEAST_FOR_MARGIN


SHORTING = Chapter(
    "Short sales",
    (
        Rule(
            "shares are sold short as a whole", lambda ticket, _: in_parts(ticket),
            unacceptable("fractional orders cannot be sold short"),
            (Source.REPORTED,), asked(replace(SHORT, qty=D("1.5"))), asked(SHORT),
        ),
        Rule(
            "the account may", _may_not_short, forbidden("account is not allowed to short"),
            (Source.OLDER, Source.REPORTED), asked(SHORT, configured(Configuration(no_shorting=True))), asked(SHORT),
            note="2,000 dollars of equity, the setting `no_shorting` off, `max_margin_multiplier` not 1",
        ),
        Rule(
            "the asset can be borrowed", lambda ticket, desk: not desk.assets[ticket.symbol].is_shortable,
            unacceptable('asset "{symbol}" cannot be sold short'),
            (Source.REPORTED,), asked(replace(SHORT, symbol="NOLOAN")), asked(SHORT), words=symbol,
        ),
        Rule(
            "what is hard to borrow is sold for the day",
            lambda ticket, desk: not desk.assets[ticket.symbol].is_easy_to_borrow
            and ticket.time_in_force != TimeInForce.DAY,
            unacceptable("only day orders are allowed for hard-to-borrow asset {symbol}"),
            (Source.REPORTED,), asked(replace(SHORT, symbol="HARD", time_in_force="gtc")),
            asked(replace(SHORT, symbol="HARD")), words=symbol,
            note="older documents know no short sale of these at all",
        ),
    ),
    "For a sale that does not reduce a long position.",
    sells_short,
)  # fmt: skip
