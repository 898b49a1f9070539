"""Money: `Decimal` US dollars in the domain, whole micro-dollars where it is stored."""

from __future__ import annotations

from decimal import Decimal

MICROS = 1_000_000


def usd(amount: str | int | Decimal) -> Decimal:
    """Dollars, exact to the micro-dollar."""
    return Decimal(amount).quantize(Decimal("0.000001"))


def to_micros(amount: Decimal) -> int:
    """Whole micro-dollars."""
    return int((amount * MICROS).to_integral_value())


def from_micros(micros: int) -> Decimal:
    """Dollars of whole micro-dollars."""
    return usd(Decimal(micros) / MICROS)


def price(amount: Decimal) -> str:
    """`$1.20`; tenths of a cent only where they matter: `$0.0040`."""
    cents = amount.quantize(Decimal("0.01"))
    return f"${cents:,.2f}" if cents == amount else f"${amount:,.4f}"
