"""What a split does to an account's holding."""

from decimal import ROUND_DOWN, Decimal

from msgspec.structs import replace

from exchange.accounts import Account, money
from exchange.fills import SHARE
from exchange.split import Dealt, Split, rated

WHOLE = Decimal(1)


def divide(account: Account, split: Split, price: Decimal | None, *, whole: bool, at: int) -> None:
    """Change the account's holding, in place; what is left of a share that cannot be held is paid at `price`."""
    held = account.positions.get(split.symbol)
    if held is None:
        return
    exact = held.qty * split.new_rate / split.old_rate
    qty = exact.quantize(WHOLE if whole else SHARE, ROUND_DOWN)
    average = rated(held.avg_entry_price, split)
    paid = money((exact - qty) * (average if price is None else price))
    account.cash += paid
    account.dealt.append(Dealt(split.id, split.symbol, split.old_rate, split.new_rate, held.qty, qty, paid, at))
    if qty:
        cost = held.day_cost * qty / exact
        account.positions[split.symbol] = replace(held, qty=qty, avg_entry_price=average, day_cost=cost)
    else:
        del account.positions[split.symbol]
