"""Compares Windows' names for time zones in the program with those of PyPI's `tzlocal`, which are of the day's CLDR."""

import pathlib
import re
import sys

from tzlocal.windows_tz import win_tz

SOURCE = pathlib.Path(__file__).parents[2] / "src/domain/time_zone/windows.rs"
OURS = dict(re.findall(r'\("([^"]+)", "([^"]+)"\),', SOURCE.read_text()))

different = [name for name in sorted({*OURS, *win_tz}) if OURS.get(name) != win_tz.get(name)]
for name in different:
    print(f"{name}: {OURS.get(name, 'missing')} here, {win_tz.get(name, 'missing')} in CLDR", file=sys.stderr)
sys.exit(1 if different else 0)
