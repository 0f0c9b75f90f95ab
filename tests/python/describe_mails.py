"""Describes every mail of a folder as JSON, by Python's own `email` package: headers and parts as a reader has them.

`*.eml` are mails as they are, `*.b64` such in Base64, which is read strictly.
"""

import base64
import email
import email.policy
import json
import pathlib
import sys


def octets(path):
    raw = path.read_bytes()
    return base64.b64decode(raw, validate=True) if path.suffix == ".b64" else raw


def part(leaf):
    return {
        "type": leaf.get_content_type(),
        "charset": leaf.get_content_charset(),
        "method": leaf.get_param("method"),
        "disposition": leaf.get_content_disposition(),
        "name": leaf.get_filename(),
        "content": leaf.get_payload(decode=True).decode(leaf.get_content_charset() or "ascii"),
    }


def described(path):
    raw = octets(path)
    message = email.message_from_bytes(raw, policy=email.policy.default)
    # What separates the parts follows from all that is in them, and says nothing itself.
    headers = {name: str(value) for name, value in message.items() if name.lower() != "content-type"}
    assert len(headers) + 1 == len(message.items()), f"{path}: a header comes twice"
    assert b"\n" not in raw.replace(b"\r\n", b"") and raw.isascii(), f"{path}: line ends or bytes that do not travel"
    return {
        "headers": headers,
        "structure": [piece.get_content_type() for piece in message.walk()],
        "parts": [part(piece) for piece in message.walk() if not piece.is_multipart()],
        "defects": [str(defect) for piece in message.walk() for defect in piece.defects],
    }


paths = sorted(path for path in pathlib.Path(sys.argv[1]).iterdir() if path.suffix in (".eml", ".b64"))
json.dump([described(path) for path in paths], sys.stdout)
