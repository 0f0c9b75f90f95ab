"""Reads a mail in Base64 from stdin, strictly, and describes it as JSON by Python's own `email` package."""

import base64
import email
import email.policy
import json
import sys

octets = base64.b64decode(sys.stdin.buffer.read(), validate=True)
message = email.message_from_bytes(octets, policy=email.policy.default)
json.dump(
    {
        "from": message["From"],
        "to": message["To"],
        "subject": message["Subject"],
        "message_id": message["Message-ID"],
        "parts": [part.get_content_type() for part in message.walk()],
        "methods": [part.get_param("method") for part in message.walk() if part.get_param("method")],
        "text": message.get_body(("plain",)).get_content(),
        "defects": [str(defect) for part in message.walk() for defect in part.defects],
        "bare_line_ends": octets.replace(b"\r\n", b"").count(b"\n") + octets.replace(b"\r\n", b"").count(b"\r"),
    },
    sys.stdout,
)
