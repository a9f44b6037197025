"""Units of measure and what they are worth, as exact fractions of one unit of their kind.

Sources: NIST Special Publication 811, appendix B (definitions and factors); the international yard and pound agreement
of 1959 (yard, pound); IAU 2012 resolution B2 (astronomical unit) and 2015 B2 (parsec); the SI brochure of 2019
(electronvolt, litre, tonne); IEC 80000-13 (kibi, mebi …); the UK's Weights and Measures Act 1985 (imperial gallon).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit: a value in it, times `factor`, plus `offset`, is a value in the unit that its kind counts in.

    An `inverse` one counts the other way round: `factor` by the value.
    """

    kind: str
    symbol: str
    factor: Fraction
    offset: Fraction = Fraction(0)
    inverse: bool = False


TABLE = """
[length]
+ m metre meter = 1
in inch inches = 0.0254
ft foot feet = 0.3048
yd yard = 0.9144
mi mile = 1609.344
nmi nautical_mile = 1852
fathom = 1.8288
furlong = 201.168
Å angstrom = 1e-10
au astronomical_unit = 149597870700
ly light_year = 9460730472580800
pc parsec = 96939420213600000 / 3.14159265358979323846264338327950288
[mass]
+ g gram gramme = 0.001
t tonne metric_ton = 1000
lb pound lbs = 0.45359237
oz ounce = 0.028349523125
st stone = 6.35029318
ton short_ton us_ton = 907.18474
long_ton imperial_ton = 1016.0469088
ct carat = 0.0002
gr grain = 0.00006479891
ozt troy_ounce = 0.0311034768
[time]
+ s second = 1
sec = 1
min minute = 60
h hour hr = 3600
d day = 86400
wk week = 604800
month = 2629800
yr year = 31557600
[area]
m² m2 square_metre square_meter = 1
km² km2 square_kilometre square_kilometer = 1000000
cm² cm2 square_centimetre square_centimeter = 0.0001
mm² mm2 square_millimetre square_millimeter = 0.000001
ha hectare = 10000
are = 100
in² in2 square_inch = 0.00064516
ft² ft2 square_foot square_feet = 0.09290304
yd² yd2 square_yard = 0.83612736
mi² mi2 square_mile = 2589988.110336
ac acre = 4046.8564224
[volume]
+ l litre liter = 1
+ L = 1
m³ m3 cubic_metre cubic_meter = 1000
cm³ cm3 cc cubic_centimetre cubic_centimeter = 0.001
gal gallon us_gallon = 3.785411784
qt quart = 0.946352946
pt pint = 0.473176473
cup us_cup = 0.2365882365
fl_oz floz fluid_ounce = 0.0295735295625
tbsp tablespoon = 0.01478676478125
tsp teaspoon = 0.00492892159375
imperial_gallon uk_gallon = 4.54609
imperial_pint uk_pint = 0.56826125
imperial_fl_oz uk_fl_oz imperial_fluid_ounce = 0.0284130625
ft³ ft3 cubic_foot cubic_feet = 28.316846592
in³ in3 cubic_inch = 0.016387064
bbl oil_barrel = 158.987294928
[speed]
m/s mps metre_per_second meter_per_second metres_per_second meters_per_second = 1
km/h kmh kph kilometres_per_hour kilometers_per_hour = 1000 / 3600
mph mi/h miles_per_hour = 0.44704
kn knot kt = 1852 / 3600
ft/s fps feet_per_second = 0.3048
speed_of_light = 299792458
[data]
* B byte = 1
* bit = 0.125
* b = 0.125
kB KB kb = 1000
MB mb = 1000000
GB gb = 1000000000
TB tb = 1000000000000
[data rate]
bit/s bps = 1
kbit/s kbps = 1000
Mbit/s Mbps mbps = 1000000
Gbit/s Gbps gbps = 1000000000
B/s = 8
kB/s KB/s = 8000
MB/s = 8000000
GB/s = 8000000000
KiB/s = 8192
MiB/s = 8388608
GiB/s = 8589934592
[energy]
+ J joule = 1
+ Wh watt_hour = 3600
+ eV electronvolt = 1.602176634e-19
cal calorie = 4.184
kcal Cal kilocalorie = 4184
BTU = 1055.05585262
ft·lb ft_lb foot_pound = 1.3558179483314004
therm = 105505585.262
[power]
+ W watt = 1
hp horsepower = 745.69987158227022
PS metric_horsepower = 735.49875
BTU/h = 1055.05585262 / 3600
[pressure]
+ Pa pascal = 1
+ bar = 100000
atm atmosphere = 101325
psi = 4.4482216152605 / 0.00064516
mmHg = 133.322387415
torr = 101325 / 760
inHg = 3386.389
[force]
+ N newton = 1
kgf kilogram_force = 9.80665
lbf pound_force = 4.4482216152605
dyn dyne = 0.00001
[angle]
° deg degree = 1
rad radian = 180 / 3.14159265358979323846264338327950288
gon grad gradian = 0.9
arcmin arcminute = 1 / 60
arcsec arcsecond = 1 / 3600
rev turn revolution = 360
[frequency]
+ Hz hertz = 1
rpm = 1 / 60
[temperature]
K kelvin = 1
°C C celsius degree_celsius = 1 + 273.15
°F F fahrenheit degree_fahrenheit = 5 / 9 + 459.67
°R R rankine = 5 / 9
[fuel economy]
km/l kilometres_per_litre kilometers_per_liter = 1
mpg us_mpg miles_per_gallon = 1.609344 / 3.785411784
imperial_mpg uk_mpg = 1.609344 / 4.54609
l/100km = by 100
"""
"""A line for each unit: its symbol, other names (`_` for spaces), what it is worth.

A `+` before it: it takes the prefixes of the SI; a `*`: those from kilo on and those of IEC 80000-13. What follows a
`+` in the worth is added before the factor is applied; `by` marks an inverse unit.
"""

SMALL = {"d": ("deci", -1), "c": ("centi", -2), "m": ("milli", -3), "µ": ("micro", -6), "u": ("micro", -6)}
SMALLER = {"n": ("nano", -9), "p": ("pico", -12), "f": ("femto", -15)}
LARGE = {"k": ("kilo", 3), "M": ("mega", 6), "G": ("giga", 9), "T": ("tera", 12), "P": ("peta", 15), "E": ("exa", 18)}
BINARY = {"Ki": ("kibi", 10), "Mi": ("mebi", 20), "Gi": ("gibi", 30), "Ti": ("tebi", 40), "Pi": ("pebi", 50)}
METRIC = {**SMALL, **SMALLER, "da": ("deca", 1), "h": ("hecto", 2), **LARGE}


def units() -> dict[str, Unit]:
    """All units, by each of their names and symbols. What the table names is stronger than what a prefix makes."""
    found: dict[str, Unit] = {}
    listed = [(names, mark, unit) for names, mark, unit in _listed()]
    for names, mark, unit in listed:
        found.update(_prefixed(names, mark, unit))
    for names, _, unit in listed:
        found.update(dict.fromkeys(names, unit))
    return found


def _listed() -> Iterator[tuple[Sequence[str], str, Unit]]:
    """Each line of the table: names, mark, unit."""
    kind = ""
    for line in TABLE.strip().splitlines():
        if line.startswith("["):
            kind = line.strip("[]")
            continue
        names, _, worth = line.partition(" = ")
        mark, *rest = names.split()
        known = rest if mark in ("+", "*") else [mark, *rest]
        factor, _, added = worth.removeprefix("by ").partition(" + ")
        over, _, under = factor.partition(" / ")
        exact = Fraction(over) / Fraction(under or 1)
        unit = Unit(kind, known[0], exact, Fraction(added or 0) * exact, inverse=worth.startswith("by "))
        yield known, mark, unit


def _prefixed(names: Sequence[str], mark: str, unit: Unit) -> Iterator[tuple[str, Unit]]:
    symbol, *words = names
    steps: dict[str, Fraction] = {}
    spoken: dict[str, str] = {}
    if mark in ("+", "*"):
        steps = {short: Fraction(10) ** power for short, (_, power) in (METRIC if mark == "+" else LARGE).items()}
        spoken = {short: long for short, (long, _) in METRIC.items()}
    if mark == "*":
        steps |= {short: Fraction(2) ** power for short, (_, power) in BINARY.items()}
        spoken |= {short: long for short, (long, _) in BINARY.items()}
    for short, times in steps.items():
        made = Unit(unit.kind, f"{short}{symbol}", unit.factor * times)
        yield made.symbol, made
        for word in words or names:
            yield f"{spoken[short]}{word}", made
