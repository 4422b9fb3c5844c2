"""A mail server for stories: keeps what it takes as JSON, and refuses what the file `refusal` tells it to.

postbox.py ADDRESS PORT FOLDER [starttls|implicit CERTIFICATE KEY] [USER PASSWORD]

A line of `refusal` is a step and an answer, such as `DATA 451 busy` or `RCPT 550 no such user`. Each time mail is
offered, a line is added to `offered`.
"""

import asyncio
import email
import email.policy
import json
import os
import ssl
import sys

from aiosmtpd.smtp import SMTP, AuthResult

address, port, folder = sys.argv[1], int(sys.argv[2]), sys.argv[3]
rest = sys.argv[4:]
secure = rest[0] if rest and rest[0] in ("starttls", "implicit") else None
context = None
if secure:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(rest[1], rest[2])
    rest = rest[3:]
account = tuple(rest[:2]) or None


def refusal(step):
    try:
        with open(os.path.join(folder, "refusal"), encoding="utf-8") as file:
            for line in file:
                name, _, answer = line.strip().partition(" ")
                if name == step:
                    return answer
    except FileNotFoundError:
        pass
    return None


class Handler:
    taken = 0

    async def handle_MAIL(self, server, session, envelope, sender, options):
        with open(os.path.join(folder, "offered"), "a", encoding="utf-8") as file:
            file.write(sender + "\n")
        if answer := refusal("MAIL"):
            return answer
        envelope.mail_from = sender
        return "250 OK"

    async def handle_RCPT(self, server, session, envelope, recipient, options):
        if answer := refusal("RCPT"):
            return answer
        envelope.rcpt_tos.append(recipient)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        if answer := refusal("DATA"):
            return answer
        message = email.message_from_bytes(envelope.content, policy=email.policy.default)
        part = lambda kind: message.get_body((kind,)).get_content()
        mail = {
            "from": envelope.mail_from,
            "to": envelope.rcpt_tos,
            "headers": {name.lower(): str(value) for name, value in message.items()},
            "text": part("plain"),
            "html": part("html"),
            "encrypted": session.ssl is not None or secure == "implicit",
            "signedIn": session.authenticated,
        }
        Handler.taken += 1
        name = os.path.join(folder, f"{os.getpid():08}-{Handler.taken:06}")
        with open(name + ".new", "w", encoding="utf-8") as file:
            json.dump(mail, file)
        os.rename(name + ".new", name + ".json")
        return "250 taken"


def authenticate(server, session, envelope, mechanism, data):
    right = (data.login.decode(), data.password.decode()) == account
    return AuthResult(success=right, handled=False)


async def main():
    def protocol():
        return SMTP(
            Handler(),
            hostname="postbox.example",
            tls_context=context if secure == "starttls" else None,
            require_starttls=secure == "starttls",
            authenticator=authenticate if account else None,
            auth_required=bool(account),
            auth_require_tls=False,
            loop=asyncio.get_running_loop(),
        )

    server = await asyncio.get_running_loop().create_server(
        protocol, address, port, ssl=context if secure == "implicit" else None
    )
    with open(os.path.join(folder, "ready"), "w", encoding="utf-8") as file:
        file.write(str(os.getpid()))
    async with server:
        await server.serve_forever()


asyncio.run(main())
