"""What Alpaca's documents leave open or contradict themselves in, and what this exchange does."""

from msgspec import Struct


class Choice(Struct, frozen=True):
    question: str
    answer: str


UNCERTAIN = (
    Choice(
        "The body of a 429, and whether it has the headers of the rate limit",
        "code 42910000, `rate limit exceeded`, with the headers; the fault `rate_limit` sends them or not",
    ),
    Choice(
        "The words of a 404",
        "code 40410000; `order not found for ID`, `position does not exist` (also to DELETE), `asset not found for X`. "
        "An id that is not one is not found either",
    ),
    Choice("Canceling an order that is canceled already", "204, and nothing happens; other ended orders: 422"),
    Choice("A DAY order at the close", "`expired`, with `expired_at`; never `canceled`"),
    Choice("`extended_hours` with GTC", "taken: the newer of the two documents says so"),
    Choice(
        "Until when CLS is taken; who may send OPG, CLS, IOC and FOK",
        "15:50, not 15:55; everybody. The windows are those of the clock, on Saturdays too",
    ),
    Choice(
        "`notional` with types other than market; less spent than asked for",
        "market and limit, to buy and to sell; the shares are rounded down to 9 places, and no cent is held back",
    ),
    Choice(
        "Groups: the code for an entry that is none; replacing members of an OTO; the profit-taker's end once the stop "
        "is set off; held legs in `status=open`",
        "422 with 42210000; they can be replaced like a bracket's; `canceled`; not listed, and with `nested` a filled "
        "parent hides its legs there",
    ),
    Choice("How long a `client_order_id` stays taken; 409 or 422", "for ever; 422, as captured"),
    Choice("`price` of a partial fill", "that of the execution; the average is `order.filled_avg_price`"),
    Choice("The code of a wash trade", "40310000 with 403; the reason names the kind of the order that is open"),
    Choice("Order updates as server-sent events", "not offered; the WebSocket is"),
    Choice(
        "Short positions, and replies never captured",
        "`qty`, `qty_available`, `market_value` and `position_qty` are negative when short; frames and replies "
        "without a capture have the members of those with one",
    ),
    Choice(
        "Tradier's sandbox stream, and a market order as the entry of an OTOCO",
        "no matter of this exchange: the executor polls Tradier's accounts",
    ),
    Choice(
        "Fees and margin, which change with the year",
        "no fees, no borrowing costs; no counting of day trades, no intraday margin calls; 4, 2 or 1 times the equity, "
        "and 1 below 2,000 dollars",
    ),
    Choice("The words of refusals", "as reported at the time; a client does well to match on status and code"),
)

FURTHER = (
    Choice(
        "A buy stop once it is set off",
        "a limit at the stop times 1.04, or 1.025 from 50 dollars on; a sell stop: a market order",
    ),
    Choice(
        "The price of an auction, and what it leaves of OPG and CLS orders",
        "the first and the last trade of the regular session, for everybody; what it does not reach is `canceled`",
    ),
    Choice(
        "Orders that waited for the open",
        "trade at the quote around the first trade of the day, whatever their limit; yesterday's quote fills nobody",
    ),
    Choice(
        "The quantity of a replacement",
        "counts what the order has filled already: the replacement is for the rest, and begins with nothing filled. "
        "An execution on the way is taken off it; one with nothing left is `rejected`, and the order told of by "
        "`order_replace_rejected`",
    ),
    Choice(
        "What a replacement keeps",
        "the best price of a trailing stop; that a stop limit is set off, when only its limit moves; being `held`",
    ),
    Choice(
        "What an order to sell for an amount of money holds until it trades",
        "all shares that no other order has a claim on; it sells no more than those",
    ),
    Choice(
        "The price that a group's exits are held against",
        "the entry's own limit or stop, an OCO's profit, or else the last trade. An OCO whose stop the market has "
        "passed already is taken, and set off at once",
    ),
    Choice("Shares that are hard to borrow", "may be sold short for the day; those that are not shortable may not"),
    Choice("An intent that does not fit", "422 with 42210000; another report has 403"),
    Choice(
        "The least amount of an order",
        "a dollar, for `notional` and for a `qty` that is not whole; a whole position may be sold for less",
    ),
    Choice("Orders out of hours that close in money and in shares", "403 with 40310000: the code is not known"),
    Choice("Pattern day trading, and accounts restricted to liquidation", "not simulated"),
    Choice("Options, crypto, orders in several legs, sessions overnight", "not listed, not taken"),
    Choice("A trailing stop's limits", "from 0.1 to less than 100 per cent; `trail_price` on the grid of prices"),
    Choice(
        "The best price that a trailing stop begins with",
        "the last trade before it, of the same session; the answer to it shows that price and the stop",
    ),
    Choice("Legs in the answer to a replacement", "none; `nested` shows those that the new order has taken over"),
    Choice("The past of a symbol that was halted", "has no trade, quote or minute from then; it does not come later"),
    Choice("An asset in which nothing has been traded yet", "limit and stop orders are taken, market orders are not"),
)
