"""One rule: what breaks it, how that is refused, where it is known from, and a case on either side of it."""

from collections.abc import Callable, Iterable, Mapping
from enum import StrEnum
from typing import Generic, TypeVar

from msgspec import Struct

from exchange.accounts import Account
from exchange.assets import Asset
from exchange.book import Moment
from exchange.fills import Print
from exchange.refusals import Refusal

S = TypeVar("S")


class Source(StrEnum):
    """Where a rule is known from; the words are the document's."""

    CAPTURED = "captured on a paper account, October 2026"
    MEASURED = "measured on a paper account by others"
    PAGE = "Alpaca's page on orders, January 2026"
    SPEC = "Alpaca's OpenAPI description, June 2026"
    PROTECTION = "Alpaca's page on user protection, September 2026"
    OPTIONS = "Alpaca's page on options, September 2026"
    OLDER = "Alpaca's older documentation"
    REPORTED = "message reported by users"
    OURS = "chosen here"


class Desk(Struct, frozen=True):
    """What a rule may look at besides what was asked for."""

    account: Account
    prints: Mapping[str, Print]
    assets: Mapping[str, Asset]
    at: Moment


class Case(Struct, Generic[S], frozen=True):
    subject: S
    desk: Desk


class Rule(Struct, Generic[S], frozen=True):
    name: str
    breaks: Callable[[S, Desk], bool]
    form: Refusal  # with {words} to fill in
    sources: tuple[Source, ...]
    broken: Case[S]
    kept: Case[S]  # as near to the broken one as it goes, and accepted
    words: Callable[[S, Desk], Mapping[str, str]] = lambda _subject, _desk: {}
    note: str = ""


class Chapter(Struct, Generic[S], frozen=True):
    title: str
    rules: tuple[Rule[S], ...]
    text: str = ""
    concerns: Callable[[S, Desk], bool] = lambda _subject, _desk: True


def first_broken(chapters: Iterable[Chapter[S]], subject: S, desk: Desk) -> Rule[S] | None:
    for chapter in chapters:
        if not chapter.concerns(subject, desk):
            continue
        for rule in chapter.rules:
            if rule.breaks(subject, desk):
                return rule
    return None


def refusal(rule: Rule[S] | None, subject: S, desk: Desk) -> Refusal | None:
    """Fill in the form of the rule that is broken."""
    if rule is None:
        return None
    words = rule.words(subject, desk)
    extra = {name: form.format(**words) for name, form in rule.form.extra.items()}
    return Refusal(rule.form.status, rule.form.code, rule.form.message.format(**words), extra)
