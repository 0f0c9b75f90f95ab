"""A real mail server (aiosmtpd) that misbehaves on demand.

One line of JSON on stdout says where it listens; it ends when its stdin is closed. Every mail that it takes is
written to the folder given, and described as one line of JSON on stdout as read by Python's own `email` package.

How a recipient is treated is said by the local part of its address, before any `+`:

  ok                    250
  rcpt-550, rcpt-451    that reply at RCPT
  rcpt=REPLY            that reply at RCPT
  data=REPLY            that reply after the message
  limit=BYTES           a larger message is refused with 552
  rcpt-drop             the connection is dropped at RCPT
  data-451, data-554    that reply after the message
  drop-stored           the message is stored, the connection dropped before the final 250
  drop-lost             the message is thrown away, the connection dropped before the final 250
  hang-stored           the message is stored and never answered
  stored-once           like drop-stored the first time, 250 from then on

The file `ways.json` in the folder, when it is there, says otherwise: it gives ways for addresses, for `*`, which is
every other address, and for `greeting`, which takes `421`. It may change at any time. Every attempt at DATA is noted
in the file `attempts`, by its address.
"""

import argparse
import asyncio
import base64
import email
import email.policy
import json
import pathlib
import ssl
import sys

import trustme
from aiosmtpd.smtp import SMTP, AuthResult

PASSWORD = b"correct horse"


def say(**line):
    print(json.dumps(line), flush=True)


class Handler:
    def __init__(self, folder):
        self.folder = folder
        self.taken = 0
        self.already_dropped = set()

    def way(self, address):
        ways = ways_of(self.folder)
        return ways.get(address) or ways.get("*") or address.split("@")[0].split("+")[0]

    async def handle_EHLO(self, server, session, envelope, hostname, responses):
        session.host_name = hostname
        return responses

    async def handle_RCPT(self, server, session, envelope, address, options):
        way = self.way(address)
        if way == "rcpt-550":
            return "550 5.1.1 no such user here"
        if way.startswith("rcpt="):
            return way.removeprefix("rcpt=")
        if way == "rcpt-451":
            return "451 4.3.0 try again later"
        if way == "rcpt-drop":
            server.transport.abort()
            return "421 gone"
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_DATA(self, server, session, envelope):
        address = envelope.rcpt_tos[0]
        way = self.way(address)
        with (self.folder / "attempts").open("a") as attempts:
            print(address, file=attempts)
        if way.startswith("data="):
            return way.removeprefix("data=")
        if way.startswith("limit=") and len(envelope.original_content) > int(way.removeprefix("limit=")):
            return "552 5.3.4 message size exceeds what we take"
        if way == "data-451":
            return "451 4.7.1 greylisted"
        if way == "data-554":
            return "554 5.7.1 message refused by policy"
        if way != "drop-lost":
            self.store(server, session, envelope)
        if way in ("drop-lost", "drop-stored"):
            server.transport.abort()
        if way == "stored-once" and address not in self.already_dropped:
            self.already_dropped.add(address)
            server.transport.abort()
        if way == "hang-stored":
            await asyncio.Event().wait()
        return f"250 2.0.0 queued as {self.taken}"

    def store(self, server, session, envelope):
        self.taken += 1
        path = self.folder / f"{self.taken}.eml"
        path.write_bytes(envelope.original_content)
        message = email.message_from_bytes(envelope.original_content, policy=email.policy.default)
        say(
            mail=self.taken,
            file=str(path),
            peer=list(session.peer),
            tls=server.transport.get_extra_info("ssl_object") is not None,
            user=session.auth_data.decode() if session.auth_data else None,
            sender=envelope.mail_from,
            recipients=envelope.rcpt_tos,
            message_id=message["Message-ID"],
            subject=message["Subject"],
            parts=[part.get_content_type() for part in message.walk()],
            defects=[str(d) for part in message.walk() for d in part.defects],
        )


class TokenHandler(Handler):
    """Takes one token by XOAUTH2. Others are refused as Google does it: with a challenge first that says why."""

    def __init__(self, folder, token):
        super().__init__(folder)
        self.expected = token

    async def auth_XOAUTH2(self, server, arguments):
        given = base64.b64decode(arguments[1]).decode()
        user, bearer, *end = given.split("\x01")
        if not user.startswith("user=") or not bearer.startswith("auth=Bearer ") or end != ["", ""]:
            return AuthResult(success=False, handled=False)
        if bearer == f"auth=Bearer {self.expected}":
            return AuthResult(success=True, auth_data=user.removeprefix("user=").encode())
        await server.challenge_auth('{"status":"401"}')
        return AuthResult(success=False, handled=False)


def ways_of(folder):
    try:
        return json.loads((folder / "ways.json").read_text())
    except FileNotFoundError:
        return {}


class Greeting(SMTP):
    """Says something other than 220 when a client connects."""

    def __init__(self, *args, greeting=None, folder=None, **kwargs):
        super().__init__(*args, **kwargs)
        self.greeting = greeting
        if ways_of(folder).get("greeting") == "421":
            self.greeting = "421 4.3.2 too busy"

    async def push(self, status):
        if self.greeting and str(status).startswith("220 ") and not self.session.host_name:
            await super().push(self.greeting)
            self.transport.close()
            return
        await super().push(status)


def authenticate(server, session, envelope, mechanism, data):
    if data.password == PASSWORD:
        return AuthResult(success=True, auth_data=data.login)
    return AuthResult(success=False, handled=False)


async def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--tls", choices=["none", "starttls", "implicit"], default="none")
    parser.add_argument("--certificate-for", default="localhost")
    parser.add_argument("--auth", action="store_true", help="refuse everything without a login")
    parser.add_argument("--token", help="refuse everything without a login by XOAUTH2 with this token")
    parser.add_argument("--greeting", help="the line to greet with in place of 220")
    options = parser.parse_args()

    context = None
    root = options.folder / "root.pem"
    if options.tls != "none":
        authority = trustme.CA()
        authority.cert_pem.write_to_path(str(root))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert(options.certificate_for).configure_cert(context)

    handler = TokenHandler(options.folder, options.token) if options.token else Handler(options.folder)
    loop = asyncio.get_running_loop()

    def serve():
        return Greeting(
            handler,
            loop=loop,
            hostname="localhost",
            greeting=options.greeting,
            folder=options.folder,
            tls_context=context if options.tls == "starttls" else None,
            auth_required=options.auth or options.token is not None,
            auth_require_tls=False,
            authenticator=authenticate if options.auth else None,
        )

    listener = await loop.create_server(
        serve, host="127.0.0.1", port=0, ssl=context if options.tls == "implicit" else None
    )
    say(port=listener.sockets[0].getsockname()[1], root=str(root))
    await loop.run_in_executor(None, sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(main())
    sys.stdout.flush()
