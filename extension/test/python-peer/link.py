"""One link, dialled by this device: the section "Links" of the page."""

import asyncio
import hashlib
import json
import ssl

import certificates
from websocket import Closed, WebSocket

FRAME_BYTES = 256 * 1024
WINDOW_BYTES = 1024 * 1024
FRAME_MESSAGES = 1024
TEXT_BYTES = 32 * 1024
HANDSHAKE_SECONDS = 10
PROTOCOL_ERROR, WRONG_IDENTITY = 4002, 4004


def conversation_of(one, other):
    low, high = sorted([one, other])
    return hashlib.sha256(f"p2p-chat/direct/1\n{low}\n{high}\n".encode()).hexdigest()


def _peer_chain(tls):
    """The certificates that the other end sent, DER, unverified."""
    if hasattr(tls, "get_unverified_chain"):
        return [bytes(certificate) for certificate in tls.get_unverified_chain()]
    return [ssl.PEM_cert_to_DER_cert(c.public_bytes()) for c in tls._sslobj.get_unverified_chain() or []]


def tls_context(keys):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE  # No authority knows these; `dial` verifies the chain itself.
    context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1_3
    context.set_alpn_protocols(["p2p-chat/1"])
    context.load_cert_chain(keys.tls_file)
    return context


async def dial(keys, identity, endpoint):
    """The WebSocket to a device of this identity, and that device's fingerprint."""
    try:
        reader, writer = await asyncio.wait_for(
            asyncio.open_connection(
                endpoint["address"], endpoint["port"], ssl=tls_context(keys), server_hostname=""
            ),
            HANDSHAKE_SECONDS,
        )
    except (OSError, asyncio.TimeoutError) as error:
        raise Closed(1006, f"no connection: {error}") from None
    tls = writer.get_extra_info("ssl_object")
    try:
        found, device = certificates.verify_chain(_peer_chain(tls))
    except certificates.CertificateError as error:
        writer.close()
        raise Closed(WRONG_IDENTITY, str(error)) from None
    if found != identity or tls.version() != "TLSv1.3" or tls.selected_alpn_protocol() != "p2p-chat/1":
        writer.close()
        raise Closed(WRONG_IDENTITY, "somebody else, or another protocol")
    socket = await WebSocket.upgrade(reader, writer, "p2p-chat", "/link", "p2p-chat.1", FRAME_BYTES)
    return socket, device


class Link:
    """Both directions of one link, until it closes. `tell` is called with what happens."""

    def __init__(self, keys, identity, device, socket, outbox, inbox, boot_id, name, tell):
        self._keys, self._identity, self._device = keys, identity, device
        self._socket, self._outbox, self._inbox = socket, outbox, inbox
        self._boot_id, self._name, self._tell = boot_id, name, tell
        self._window, self._in_flight, self._sent = 0, [], None
        self._expected = None
        self._sending = asyncio.Lock()
        self.stop_before_receipt = None
        # What `hello` says was received.
        self.received = None

    async def run(self):
        """Raises Closed when it is over."""
        await self._say(
            type="hello",
            bootId=self._boot_id,
            agent="python-peer/1",
            received=self.received,
            name=self._name,
            window=WINDOW_BYTES,
        )
        hello = json.loads(await asyncio.wait_for(self._socket.receive(), HANDSHAKE_SECONDS))
        if hello["type"] != "hello":
            await self._break("a frame before hello")
        self._window = hello["window"]
        self._outbox.agree(hello["received"])
        await self._say(type="begin", epoch=self._outbox.epoch, next=self._outbox.first)
        self._sent = self._outbox.first
        self._socket.on_alive = lambda: self._tell(event="alive")
        self._tell(event="linked", device=self._device, name=hello.get("name"))
        await self.flush()
        while True:
            frame = json.loads(await self._socket.receive())
            if frame["type"] == "begin":
                await self._begin(frame)
            elif frame["type"] == "messages":
                await self._messages(frame["messages"])
            elif frame["type"] == "receipt":
                await self._receipt(frame)
            else:
                await self._break("a frame that is not known, or a second hello")

    async def flush(self):
        """Sends what was not sent on this link, as far as the other's window goes."""
        async with self._sending:
            while self._sent is not None:
                waiting = [d for d in self._outbox.pending if d["envelope"]["seq"] >= self._sent]
                if not waiting:
                    return
                batch, size = [], 0
                for delivery in waiting[:FRAME_MESSAGES]:
                    length = len(json.dumps(delivery).encode()) + 2
                    if batch and size + length > FRAME_BYTES - 100:
                        break
                    batch.append(delivery)
                    size += length
                text = json.dumps({"type": "messages", "messages": batch})
                if self._in_flight and sum(n for _, n in self._in_flight) + len(text) > self._window:
                    return
                self._sent = batch[-1]["envelope"]["seq"] + 1
                self._in_flight.append((self._sent, len(text)))
                await self._socket.send(text)

    def goodbye(self, code, reason):
        """Begins to close: `run` ends when the other has answered."""
        self._socket.goodbye(code, reason)

    async def _say(self, **frame):
        await self._socket.send(json.dumps(frame))

    async def _break(self, reason):
        await self._socket.close(PROTOCOL_ERROR, reason)
        raise Closed(PROTOCOL_ERROR, reason)

    async def _begin(self, frame):
        if self._expected is not None:
            await self._break("a second begin")
        if self._inbox.has_ended(self._device, frame["epoch"]):
            await self._break("an epoch that ended")
        self._expected = {"epoch": frame["epoch"], "next": frame["next"]}
        cursor = self._inbox.cursor(self._device)
        mine = cursor["next"] if cursor and cursor["epoch"] == frame["epoch"] else 1
        if cursor and frame["next"] > mine:
            self._tell(event="missing", count=frame["next"] - mine)

    async def _messages(self, deliveries):
        if self._expected is None:
            await self._break("messages before begin")
        cursor = self._inbox.cursor(self._device)
        epoch = self._expected["epoch"]
        mine = cursor["next"] if cursor and cursor["epoch"] == epoch else 1
        fresh, refused = [], []
        for delivery in deliveries:
            envelope = delivery["envelope"]
            if (
                envelope["author"] != self._identity
                or envelope["device"] != self._device
                or envelope["conversation"] != conversation_of(self._keys.identity, self._identity)
                or envelope["epoch"] != epoch
                or envelope["seq"] != self._expected["next"]
            ):
                await self._break("a message that does not belong here")
            self._expected["next"] += 1
            if envelope["seq"] < mine:
                self._tell(event="repeated", id=envelope["id"], by="number")
                continue
            fault = self._fault(envelope)
            if fault is None:
                fresh.append(envelope)
            else:
                refused.append({"seq": envelope["seq"], "reason": fault})
        behind = {"epoch": epoch, "next": max(mine, self._expected["next"])}
        stored = self._inbox.store(self._device, behind, fresh)
        for envelope in fresh:
            if envelope in stored:
                self._tell(event="received", id=envelope["id"], text=envelope["body"].get("text"))
            else:
                self._tell(event="repeated", id=envelope["id"], by="id")
        if self.stop_before_receipt:
            self.stop_before_receipt()
        await self._say(type="receipt", **behind, refused=refused)

    @staticmethod
    def _fault(envelope):
        if envelope["kind"] != "text":
            return None
        text = envelope["body"].get("text")
        if not isinstance(text, str) or text == "":
            return "malformed"
        return "too-large" if len(text.encode()) > TEXT_BYTES else None

    async def _receipt(self, frame):
        if frame["epoch"] != self._outbox.epoch:
            return
        for refusal in frame["refused"]:
            self._tell(event="refused", **refusal)
        self._in_flight = [(next_, size) for next_, size in self._in_flight if next_ > frame["next"]]
        if self._outbox.settle(frame["next"]):
            self._tell(event="acknowledged", next=frame["next"])
        await self.flush()
