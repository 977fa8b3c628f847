"""Kinds of numbers, dates and chance of the standard library. Runs in `__main__`; see `zoo.send`."""

import calendar
import datetime
import decimal
import fractions
import random
import time
import uuid
import zoneinfo

from tests.interop.zoo import kind


@kind(
    "calendar",
    """
    assert value[0].monthdayscalendar(2020, 1)[0][2] == 1
    assert '2020' in value[1].formatyear(2020)
    """,
)
def _():
    return calendar.Calendar(), calendar.TextCalendar()


@kind(
    "dates with zones",
    """
    d, t, z = value
    assert d.utcoffset().total_seconds() == 3600
    assert t.tzinfo is not None
    assert str(z) == 'UTC+02:00'
    """,
)
def _():
    two = datetime.timezone(datetime.timedelta(hours=2))
    one = datetime.timezone(datetime.timedelta(hours=1), "CET")
    return datetime.datetime(2020, 1, 1, tzinfo=one), datetime.time(1, tzinfo=two), two


@kind("fold of a datetime", "assert value.fold == 1 and value.tzinfo.key == 'Europe/Berlin'")
def _():
    return datetime.datetime(2020, 10, 25, 2, 30, tzinfo=zoneinfo.ZoneInfo("Europe/Berlin"), fold=1)


@kind("tzinfo of one's own", "assert value.utcoffset().total_seconds() == 7200")
def _():
    class Two(datetime.tzinfo):
        def utcoffset(self, when):
            return datetime.timedelta(hours=2)

        def dst(self, when):
            return None

    return datetime.datetime(2020, 1, 1, tzinfo=Two())


@kind(
    "decimal context with traps",
    """
    import decimal
    assert value.prec == 5
    assert value.traps[decimal.Inexact]
    assert value.rounding == decimal.ROUND_UP
    assert str(value.create_decimal('1') / 3)[:3] == '0.3'
    """,
)
def _():
    return decimal.Context(5, decimal.ROUND_UP, traps=[decimal.Inexact])


@kind(
    "decimal.localcontext", "import decimal\nwith value as c: assert decimal.getcontext().prec == 3"
)
def _():
    context = decimal.Context(3)
    return decimal.localcontext(context)


@kind(
    "special numbers",
    """
    import math, decimal
    a, b, c, d = value
    assert math.isnan(a)
    assert math.copysign(1, b) == -1
    assert c.is_snan()
    assert d == 3 + 4j
    """,
)
def _():
    return float("nan"), -0.0, decimal.Decimal("sNaN"), 3 + 4j


@kind(
    "Fraction and its subclass",
    """
    assert value[0] == 0.5
    assert value[1].numerator == 1
    assert type(value[1]).__name__ == 'Half'
    """,
)
def _():
    class Half(fractions.Fraction):
        pass

    return fractions.Fraction(1, 2), Half(1, 2)


@kind("bound methods of random", "assert value() == 0.13436424411240122")
def _():
    return random.Random(1).random


@kind(
    "struct_time",
    """
    assert value.tm_year == 1970
    assert value.tm_zone in ('GMT', 'UTC')
    assert value[:3] == (1970, 1, 1)
    """,
)
def _():
    return time.gmtime(0)


@kind(
    "UUIDs",
    """
    import uuid
    assert value[0].int == 1
    assert value[1] == uuid.uuid5(uuid.NAMESPACE_DNS, 'x')
    """,
)
def _():
    return uuid.UUID(int=1), uuid.uuid5(uuid.NAMESPACE_DNS, "x")
