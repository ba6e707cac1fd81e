"""
A peer in Python's standard library alone, written from docs/protocol.md: it registers, signs in, dials, sends,
receives, comes back and drops what it has already. It does not listen: `ssl` asks a client for a certificate only
together with an authority to verify it.

    python3 peer.py FOLDER

FOLDER keeps its keys, counters and messages. Commands come as lines of JSON on stdin, events leave as lines of JSON on
stdout; see `COMMANDS`.
"""

import asyncio
import json
import os
import sys
import time
import uuid

import discovery
import link
import store
from tasks import watched
from websocket import Closed

RETRY_SECONDS = 0.2
GOING_AWAY = 4000


def tell(**event):
    print(json.dumps(event), flush=True)


class Peer:
    def __init__(self, folder):
        self._folder = folder
        self._keys = store.Keys(folder)
        self._inbox = store.Inbox(folder)
        self._outboxes = {}
        self._boot_id = str(uuid.uuid4())
        self._name = None
        self._session = None
        self._presences = {}
        self._changed = asyncio.Event()
        self._talks, self._links, self._where = {}, {}, {}
        self._dies = self._stopped = False
        self._said_once = []
        tell(event="ready", identity=self._keys.identity, device=self._keys.device)

    async def register(self, server, name):
        created = await asyncio.to_thread(discovery.register, server, self._keys, name)
        tell(event="registered", created=created)

    async def sign_in(self, server, name):
        self._name = name
        self._session = await discovery.Session.sign_in(server, self._keys, self._presence)
        tell(event="signed-in")

    async def find(self, name):
        """Looks somebody up and watches them."""
        user = await self._session.find(name)
        if user is not None:
            await self._session.request("watch", identities=[user["identity"]])
        tell(event="found", user=user)

    async def talk(self, identity, endpoint=None):
        """Keeps a link to somebody who is watched, at the endpoint given or at those announced."""
        self._where[identity] = endpoint
        self._talks[identity] = watched(self._keep_linked(identity))

    async def send(self, identity, text):
        envelope = {
            "id": store.uuid7(),
            "conversation": link.conversation_of(self._keys.identity, identity),
            "author": self._keys.identity,
            "device": self._keys.device,
            "writtenAt": int(time.time() * 1000),
            "kind": "text",
            "body": {"text": text},
        }
        linked = self._links.get(identity)
        delivery = self._outbox(identity).add(envelope, held=linked is None)
        tell(event="written", id=envelope["id"], held=delivery["held"])
        if linked is not None:
            await linked.flush()

    async def die_before_receipt(self):
        """The next messages are written to the disk, and then this process is gone as by `kill -9`."""
        self._dies = True
        for linked in self._links.values():
            linked.stop_before_receipt = self._die
        tell(event="about-to-die")

    async def misremember(self, received):
        """The next hello says this of what was received, as if the truth were lost; the disk stays as it is."""
        self._said_once = [received]

    async def messages(self):
        """Everything that is on the disk."""
        tell(event="messages", texts=[envelope["body"].get("text") for envelope in self._inbox.messages])

    async def stop(self):
        self._stopped = True
        for linked in self._links.values():
            linked.goodbye(GOING_AWAY, "goes offline")
        if self._talks:
            _, late = await asyncio.wait(self._talks.values(), timeout=2)
            for task in late:
                task.cancel()
        if self._session is not None:
            await self._session.sign_out()

    def _outbox(self, identity):
        if identity not in self._outboxes:
            self._outboxes[identity] = store.Outbox(self._folder, identity)
        return self._outboxes[identity]

    def _presence(self, presence):
        self._presences[presence["identity"]] = presence
        self._changed.set()
        self._changed = asyncio.Event()

    @staticmethod
    def _die():
        os._exit(137)

    async def _keep_linked(self, identity):
        while not self._stopped:
            changed = self._changed
            presence = self._presences.get(identity)
            given = self._where[identity]
            for endpoint in [given] if given else (presence or {}).get("endpoints", []):
                try:
                    await self._one_link(identity, endpoint)
                except Closed as closed:
                    tell(event="closed", code=closed.code, reason=closed.reason)
                if self._stopped:
                    return
            try:
                await asyncio.wait_for(changed.wait(), RETRY_SECONDS)
            except asyncio.TimeoutError:
                pass

    async def _one_link(self, identity, endpoint):
        socket, device = await link.dial(self._keys, identity, endpoint)
        outbox = self._outbox(identity)
        linked = link.Link(
            self._keys, identity, device, socket, outbox, self._inbox, self._boot_id, self._name, tell
        )
        linked.received = self._said_once.pop() if self._said_once else self._inbox.cursor(device)
        if self._dies:
            linked.stop_before_receipt = self._die
        self._links[identity] = linked
        try:
            await linked.run()
        finally:
            del self._links[identity]
            socket.abort()


COMMANDS = {
    "register": Peer.register,
    "sign-in": Peer.sign_in,
    "find": Peer.find,
    "talk": Peer.talk,
    "send": Peer.send,
    "die-before-receipt": Peer.die_before_receipt,
    "misremember": Peer.misremember,
    "messages": Peer.messages,
    "stop": Peer.stop,
}


async def main(folder):
    peer = Peer(folder)
    while line := await asyncio.to_thread(sys.stdin.readline):
        command = json.loads(line)
        do = command.pop("do")
        try:
            await COMMANDS[do](peer, **command)
        except (Closed, discovery.Refused, OSError) as error:
            tell(event="failed", do=do, message=str(error))
        if do == "stop":
            return
    await peer.stop()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
