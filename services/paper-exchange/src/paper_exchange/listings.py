"""What is known of the symbols beyond their prices: names, and where they are listed."""

from exchange.assets import Asset

KNOWN = {
    "SPY": ("SPDR S&P 500 ETF Trust", "ARCA", "B"),
    "IBM": ("International Business Machines Corporation", "NYSE", "A"),
    "BAC": ("Bank of America Corporation", "NYSE", "A"),
}


def listed(symbol: str) -> Asset:
    name, venue, _ = KNOWN.get(symbol, (symbol, "NASDAQ", ""))
    return Asset(symbol, name, venue)


def tape_of(symbol: str) -> str:
    """Tell which consolidated tape reports the symbol."""
    return KNOWN[symbol][2] if symbol in KNOWN else "C"
