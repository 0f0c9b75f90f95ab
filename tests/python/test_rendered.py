"""Reads rendered messages with Python's own HTML parser and CSV reader, and with the icalendar package."""

import csv
import datetime as dt
import io
import json
import os
import pathlib
from html.parser import HTMLParser

import icalendar
import pytest

FOLDER = pathlib.Path(os.environ["RENDERED_SAMPLES"])
SAMPLES = json.loads((FOLDER / "samples.json").read_text())
VOID = {"meta", "br", "hr", "img", "link", "input"}
KNOWN = {
    "html", "head", "meta", "title", "style", "body", "div", "table", "tr", "td", "th", "h1", "h2", "h3", "p",
    "span", "strong", "del", "br", "a", "code", "ul", "li",
}


def by_name(sample):
    return sample["name"]


class Page(HTMLParser):
    """Collects the text of a page and complains about what does not nest."""

    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.open, self.tags, self.links, self.text, self.attributes = [], [], [], [], []

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += [name for name, _ in attrs]
        if tag == "a":
            self.links.append(dict(attrs)["href"])
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open and self.open[-1] == tag, f"</{tag}> closes {self.open[-1:]}"
        self.open.pop()

    def handle_data(self, data):
        if "style" not in self.open:
            self.text.append(data)


def page(sample):
    parser = Page()
    parser.feed((FOLDER / f"{sample['name']}.html").read_text())
    parser.close()
    assert parser.open == []
    return parser


@pytest.mark.parametrize("sample", SAMPLES, ids=by_name)
def test_html_nests_and_holds_nothing_active_or_from_outside(sample):
    found = page(sample)
    assert set(found.tags) <= KNOWN
    assert found.tags.count("h1") == 1
    assert not [name for name in found.attributes if name.startswith("on") or name in {"src", "background"}]
    origins = ("https://portal.azure.com/#@/resource/subscriptions/", "https://maintenance.contoso.com/")
    assert all(link.startswith(origins) for link in found.links)
    assert "url(" not in (FOLDER / f"{sample['name']}.html").read_text()
    assert len((FOLDER / f"{sample['name']}.html").read_bytes()) < 100_000, "mail programs clip what is longer"


@pytest.mark.parametrize("sample", SAMPLES, ids=by_name)
def test_both_parts_name_the_same_machines(sample):
    html = " ".join("".join(page(sample).text).split())
    text = (FOLDER / f"{sample['name']}.txt").read_text()
    assert "\r" not in text and text.isprintable() is False and text.endswith("\n")
    if len(sample["machines"]) <= 50:
        for machine in sample["machines"]:
            assert machine in html and machine in text
    long = [line for line in text.splitlines() if len(line) > 76 and "https://" not in line and "az vm" not in line]
    assert long == []


@pytest.mark.parametrize("sample", SAMPLES, ids=by_name)
def test_a_long_list_is_complete_as_csv(sample):
    path = FOLDER / f"{sample['name']}.machines.csv"
    assert path.exists() == (len(sample["machines"]) > 50)
    if path.exists():
        raw = path.read_bytes()
        assert raw.startswith(b"\xef\xbb\xbf")
        rows = list(csv.DictReader(io.StringIO(raw.decode("utf-8-sig"), newline=""), strict=True))
        assert [row["machine"] for row in rows] == sample["machines"]
        assert all(row["resource id"].startswith("/subscriptions/") for row in rows)


@pytest.mark.parametrize("sample", SAMPLES, ids=by_name)
def test_each_calendar_object_has_one_entry_one_method_and_the_dates_it_was_given(sample):
    files = sorted(FOLDER.glob(f"{sample['name']}-[0-9].ics"))
    assert len(files) == len(sample["calendar"])
    for path, entry in zip(files, sample["calendar"]):
        raw = path.read_bytes()
        assert all(len(line) <= 75 for line in raw.split(b"\r\n"))
        assert b"\n" not in raw.replace(b"\r\n", b"")
        calendar = icalendar.Calendar.from_ical(raw)
        assert calendar["METHOD"] == entry["method"].upper()
        assert calendar["VERSION"] == "2.0"
        (event,) = calendar.walk("VEVENT")
        assert event.errors == [] and calendar.errors == []
        assert event["UID"] == entry["uid"]
        assert event["SEQUENCE"] == entry["sequence"]
        assert event.start == dt.datetime.fromisoformat(entry["start"])
        assert event.end == dt.datetime.fromisoformat(entry["end"])
        assert event.start.utcoffset() == dt.timedelta(0)
        assert event["DTSTAMP"].dt == dt.datetime.fromisoformat(sample["frozen_at"])
        assert event["TRANSP"] == "TRANSPARENT"
        cancelled = entry["method"] == "cancel"
        assert event["STATUS"] == ("CANCELLED" if cancelled else "CONFIRMED")
        assert event["ORGANIZER"] == "mailto:azure-maintenance@contoso.com"
        assert event["ORGANIZER"].params["CN"] == "Azure maintenance"
        assert event["ATTENDEE"] == "mailto:jane.doe@contoso.com"
        assert event["ATTENDEE"].params["RSVP"] == "FALSE"
        assert len(event.walk("VALARM")) == (0 if cancelled else 1)
        objects = event["X-MAINTNOTE-OBJECT-ID"]
        objects = objects if isinstance(objects, list) else [objects]
        assert [str(one) for one in objects] == [window["resource"] for window in entry["windows"]]
        assert event["X-MAINTNOTE-STATUS"] == ("CANCELLED" if cancelled else "CONFIRMED")
        assert event["X-MAINTNOTE-IMPACT"] == "OUTAGE"
        assert event["X-MAINTNOTE-ACCOUNT"] == "00000000-0000-0000-0000-000000000001"
        assert event["X-MAINTNOTE-MAINTENANCE-ID"] == entry["uid"]
