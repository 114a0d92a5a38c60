"""A real mail server for one test: says its port, then each message as a line of JSON.

usage: smtp_server.py plain|tls|starttls [CERTIFICATE KEY] [USER PASSWORD]
"""

import asyncio
import json
import ssl
import sys

from aiosmtpd.smtp import SMTP, AuthResult


class Letters:
    """Prints what is delivered."""

    async def handle_DATA(self, server, session, envelope):
        letter = {
            "from": envelope.mail_from,
            "to": envelope.rcpt_tos,
            "text": envelope.content.decode("utf-8", "replace"),
            "encrypted": session.ssl is not None,
            "known": bool(session.authenticated),
        }
        print(json.dumps(letter), flush=True)
        return "250 taken"


def main(kind, certificate="", key="", user="", password=""):
    context = None
    if kind != "plain":
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(certificate, key)

    def authenticate(server, session, envelope, mechanism, data):
        fits = (data.login, data.password) == (user.encode(), password.encode())
        return AuthResult(success=fits)

    def protocol():
        return SMTP(
            Letters(),
            hostname="localhost",
            tls_context=context if kind == "starttls" else None,
            require_starttls=kind == "starttls",
            authenticator=authenticate if user else None,
            auth_required=bool(user),
            auth_require_tls=kind == "starttls",
        )

    async def serve():
        loop = asyncio.get_running_loop()
        server = await loop.create_server(protocol, "127.0.0.1", 0, ssl=context if kind == "tls" else None)
        print(server.sockets[0].getsockname()[1], flush=True)
        await server.serve_forever()

    asyncio.run(serve())


main(*sys.argv[1:])
