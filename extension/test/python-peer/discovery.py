"""The client's end of a discovery server on plain HTTP: the section "Discovery server" of the page."""

import asyncio
import base64
import http.client
import itertools
import json
import urllib.parse

import certificates
from tasks import watched
from websocket import Closed, WebSocket

FRAME_BYTES = 128 * 1024


class Refused(Exception):
    """The server said no; the text begins with its code."""


def _plain(server, challenge):
    """The binding, formed from what this end knows: plain HTTP, for nothing else is spoken here, and the port."""
    where = urllib.parse.urlsplit(server)
    if where.scheme != "http" or challenge["binding"] != "plain":
        raise Refused("binding: the server wants a signature for another kind of connection")
    return f"plain:{where.port or 80}"


def _post(server, path, body=None):
    where = urllib.parse.urlsplit(server)
    connection = http.client.HTTPConnection(where.hostname, where.port or 80, timeout=10)
    try:
        data = None if body is None else json.dumps(body)
        connection.request("POST", path, data, {} if data is None else {"Content-Type": "application/json"})
        answer = connection.getresponse()
        parsed = json.loads(answer.read())
    finally:
        connection.close()
    if answer.status >= 400:
        raise Refused(f"{parsed['error']['code']}: {parsed['error']['message']}")
    return answer.status, parsed


def register(server, keys, name):
    """Whether the account is new."""
    _, challenge = _post(server, "/v1/challenges")
    binding = _plain(server, challenge)
    statement = f"p2p-chat/register/1\n{binding}\n{challenge['nonce']}\n{name}\n"
    status, _ = _post(
        server,
        "/v1/accounts",
        {
            "name": name,
            "identity": base64.b64encode(keys.identity_spki).decode(),
            "nonce": challenge["nonce"],
            "signature": certificates.sign_statement(keys.identity_key, statement),
        },
    )
    return status == 201


class Session:
    """Signed in. `presence` is called with every presence that the server tells."""

    def __init__(self, socket, epoch, presence):
        self._socket, self._epoch, self._presence = socket, epoch, presence
        self._seq = 0
        self._ids = itertools.count(1)
        self._waiting = {}
        self.ended = watched(self._read())

    @classmethod
    async def sign_in(cls, server, keys, presence):
        where = urllib.parse.urlsplit(server)
        reader, writer = await asyncio.open_connection(where.hostname, where.port or 80)
        socket = await WebSocket.upgrade(
            reader, writer, where.netloc, "/v1/session", "p2p-chat-session.1", FRAME_BYTES
        )
        challenge = json.loads(await socket.receive())
        binding = _plain(server, challenge)
        statement = f"p2p-chat/sign-in/1\n{binding}\n{challenge['nonce']}\n{keys.device}\n"
        await socket.send(
            json.dumps(
                {
                    "type": "sign-in",
                    "identity": base64.b64encode(keys.identity_spki).decode(),
                    "device": keys.device,
                    "signature": certificates.sign_statement(keys.identity_key, statement),
                    "endpoints": [],
                }
            )
        )
        welcome = json.loads(await socket.receive())
        return cls(socket, welcome["epoch"], presence)

    async def request(self, type_, **fields):
        id_ = next(self._ids)
        answer = self._waiting[id_] = asyncio.get_running_loop().create_future()
        await self._socket.send(json.dumps({"type": type_, "id": id_, **fields}))
        return await answer

    async def find(self, name):
        """The presence of whoever has this name, or None."""
        after = None
        while True:
            page = (await self.request("directory", after=after, limit=50))["page"]
            for user in page["users"]:
                if user["name"].lower() == name.lower():
                    return user
            after = page["next"]
            if after is None:
                return None

    async def sign_out(self):
        await self.request("sign-out")
        await self.ended

    async def _read(self):
        """Until the session ends: the code of its end."""
        try:
            while True:
                frame = json.loads(await self._socket.receive())
                if frame["type"] in ("result", "error"):
                    self._answer(frame)
                elif frame.get("epoch") == self._epoch:
                    await self._push(frame)
        except Closed as closed:
            for waiting in self._waiting.values():
                waiting.set_exception(Refused(f"closed: {closed}"))
            return closed.code

    def _answer(self, frame):
        waiting = self._waiting.pop(frame["id"], None)
        if waiting is None:
            return
        if frame["type"] == "error":
            waiting.set_exception(Refused(f"{frame['code']}: {frame['message']}"))
        else:
            waiting.set_result(frame)

    async def _push(self, frame):
        missed, self._seq = frame["seq"] != self._seq + 1, frame["seq"]
        if missed:
            await self._socket.send(json.dumps({"type": "resync", "id": next(self._ids)}))
        for presence in frame.get("presences", []) + ([frame["presence"]] if "presence" in frame else []):
            self._presence(presence)
