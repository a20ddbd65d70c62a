"""The refusals by name: HTTP status, Alpaca's code, and the words its clients match on."""

from collections.abc import Mapping

from msgspec import Struct


class Refusal(Struct, frozen=True):
    """Why a command is not carried out, as its sender is told."""

    status: int  # of HTTP
    code: int
    message: str
    extra: Mapping[str, str] = {}


def malformed(message: str) -> Refusal:
    return Refusal(422, 40010001, message)


def unacceptable(message: str, **extra: str) -> Refusal:
    return Refusal(422, 42210000, message, extra)


def forbidden(message: str, **extra: str) -> Refusal:
    return Refusal(403, 40310000, message, extra)


def not_found(message: str) -> Refusal:
    return Refusal(404, 40410000, message)
