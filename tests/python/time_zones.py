"""Prints what PyPI's `tzdata` says of every zone, as JSON: the release, and from when on each has which offset."""

import datetime as dt
import json
import zoneinfo

import tzdata

# Not the system's files, which are of another release.
zoneinfo.reset_tzpath(to=[])
FIRST, LAST = (int(dt.datetime(year, 1, 1, tzinfo=dt.timezone.utc).timestamp()) for year in (2000, 2038))
STEP = 5 * 86400


def at(zone, seconds):
    there = dt.datetime.fromtimestamp(seconds, zone)
    return int(there.utcoffset().total_seconds()), there.tzname()


def spans(zone):
    found = [(FIRST, *at(zone, FIRST))]
    for end in range(FIRST + STEP, LAST, STEP):
        low, high = end - STEP, end
        while at(zone, high) != tuple(found[-1][1:]):
            # The first second that differs from the span before.
            while high - low > 1:
                middle = (low + high) // 2
                if at(zone, middle) == tuple(found[-1][1:]):
                    low = middle
                else:
                    high = middle
            found.append((high, *at(zone, high)))
            low, high = high, end
    return found


names = sorted(name for name in zoneinfo.available_timezones() if name not in ("Factory", "localtime"))
zones = [{"name": name, "spans": spans(zoneinfo.ZoneInfo(name))} for name in names]
print(json.dumps({"release": tzdata.IANA_VERSION, "zones": zones}))
