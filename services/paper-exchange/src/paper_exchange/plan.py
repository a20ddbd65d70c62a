"""The market-data subscription that every account of this exchange has."""

from enum import StrEnum


class Plan(StrEnum):
    IEX = "iex"  # free: no recent SIP data, few symbols on the stream
    SIP = "sip"
