"""Reads every mail of an outbox folder with Python's own `email` package and with icalendar."""

import email
import email.policy
import os
import pathlib

import icalendar
import pytest

MAILS = sorted(pathlib.Path(os.environ["OUTBOX"]).glob("*.eml"))
HEADERS = {
    "date", "message-id", "from", "to", "subject", "list-id", "auto-submitted", "x-auto-response-suppress",
    "mime-version", "content-type", "reply-to", "references", "in-reply-to",
}
PARTS = {"text/plain", "text/html", "text/calendar", "text/csv"}
PROPERTIES = {
    "ATTENDEE", "CLASS", "DESCRIPTION", "DTEND", "DTSTAMP", "DTSTART", "ORGANIZER", "SEQUENCE", "STATUS", "SUMMARY",
    "TRANSP", "UID",
}


def test_there_are_mails():
    assert MAILS


@pytest.mark.parametrize("path", MAILS, ids=lambda path: path.name)
def test_a_mail_holds_what_it_should_and_nothing_else(path):
    raw = path.read_bytes()
    assert b"\n" not in raw.replace(b"\r\n", b"") and raw.isascii()
    assert all(len(line) <= 998 for line in raw.split(b"\r\n"))
    message = email.message_from_bytes(raw, policy=email.policy.default)
    names = [name.lower() for name in message.keys()]
    assert set(names) <= HEADERS and len(names) == len(set(names))
    assert [str(defect) for part in message.walk() for defect in part.defects] == []
    (to,) = message["To"].addresses
    assert to.domain == "contoso.com"
    assert path.name.split("-", 1)[1].startswith(to.addr_spec.lower())
    assert 0 < len(message["Subject"]) < 200 and message["Subject"].isprintable()
    leaves = [part for part in message.walk() if not part.is_multipart()]
    assert {part.get_content_type() for part in leaves} <= PARTS
    assert message.get_body(("plain",)).get_content().strip()
    assert "<script" not in message.get_body(("html",)).get_content().lower()
    for part in leaves:
        if part.get_content_type() == "text/calendar":
            calendar = icalendar.Calendar.from_ical(part.get_payload(decode=True))
            assert calendar["METHOD"] in ("REQUEST", "CANCEL")
            assert calendar["METHOD"] == part.get_param("method")
            (event,) = calendar.walk("VEVENT")
            assert calendar.errors == [] and event.errors == []
            assert {name for name in event if not name.startswith("X-")} <= PROPERTIES
            assert event["ATTENDEE"] == f"mailto:{to.addr_spec}"
            assert len(event.walk("VALARM")) == (event["STATUS"] == "CONFIRMED")
