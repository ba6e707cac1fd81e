"""The client's end of a WebSocket (RFC 6455) on asyncio streams."""

import asyncio
import base64
import hashlib
import os
import struct

PING_SECONDS, DEAD_SECONDS, HANDSHAKE_SECONDS = 4, 15, 10
TEXT, CONTINUATION, BINARY, CLOSE, PING, PONG = 1, 0, 2, 8, 9, 10
FRAGMENT_BYTES = 16 * 1024


class Closed(Exception):
    """The other end closed, or the connection broke (1006)."""

    def __init__(self, code, reason=""):
        super().__init__(f"{code} {reason}")
        self.code, self.reason = code, reason


class WebSocket:
    def __init__(self, reader, writer, limit):
        self._reader, self._writer, self._limit = reader, writer, limit
        self._closing = False
        self._pinged = self._ponged = False
        self.on_alive = None
        self._heard = asyncio.get_running_loop().time()
        self._pinger = asyncio.create_task(self._ping())

    @classmethod
    async def upgrade(cls, reader, writer, host, path, protocol, limit):
        key = base64.b64encode(os.urandom(16)).decode()
        writer.write(
            (
                f"GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
                f"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}\r\n"
                f"Sec-WebSocket-Protocol: {protocol}\r\n\r\n"
            ).encode()
        )
        try:
            head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), HANDSHAKE_SECONDS)
        except (OSError, EOFError, asyncio.TimeoutError, asyncio.LimitOverrunError) as error:
            raise Closed(1006, f"no answer to the upgrade: {error}") from None
        status, *lines = head.decode("latin-1").split("\r\n")
        headers = {name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        digest = hashlib.sha1((key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").encode()).digest()
        if (
            status.split()[1:2] != ["101"]
            or headers.get("sec-websocket-accept") != base64.b64encode(digest).decode()
            or headers.get("sec-websocket-protocol") != protocol
        ):
            raise Closed(1006, f"no WebSocket: {status}")
        return cls(reader, writer, limit)

    async def send(self, text):
        """One text message; a long one in fragments."""
        data = text.encode()
        pieces = [data[at : at + FRAGMENT_BYTES] for at in range(0, len(data), FRAGMENT_BYTES)] or [b""]
        for at, piece in enumerate(pieces):
            self._frame(TEXT if at == 0 else CONTINUATION, piece, final=at == len(pieces) - 1)
        try:
            await self._writer.drain()
        except OSError as error:
            raise Closed(1006, str(error)) from None

    async def receive(self):
        """The next text message; raises Closed."""
        message, total = None, 0
        while True:
            try:
                final, opcode, data = await self._read_frame()
            except (OSError, EOFError) as error:
                self.abort()
                raise Closed(1006, str(error)) from None
            self._heard = asyncio.get_running_loop().time()
            if opcode == PING:
                self._frame(PONG, data)
                self._alive(pinged=True)
            elif opcode == PONG:
                self._alive(ponged=True)
            elif opcode == CLOSE:
                code = struct.unpack("!H", data[:2])[0] if len(data) >= 2 else 1005
                if not self._closing:
                    self._frame(CLOSE, data[:2])
                self.abort()
                raise Closed(code, data[2:].decode("utf-8", "replace"))
            elif opcode in (TEXT, CONTINUATION) and (opcode == TEXT) == (message is None):
                message = data if message is None else message + data
                total = len(message)
                if total > self._limit:
                    await self._fail(1009, "too large")
                if final:
                    try:
                        return message.decode("utf-8")
                    except UnicodeDecodeError:
                        await self._fail(1007, "not UTF-8")
            else:
                await self._fail(1002, "a frame that was not expected")

    def goodbye(self, code, reason=""):
        """Begins to close: whoever receives learns when the other has answered."""
        if not self._closing:
            self._closing = True
            self._frame(CLOSE, struct.pack("!H", code) + reason.encode())

    async def close(self, code, reason=""):
        """Says goodbye, and waits a second at most for the other's. Not while somebody else receives."""
        self.goodbye(code, reason)
        try:
            while True:
                await asyncio.wait_for(self.receive(), 1)
        except (Closed, asyncio.TimeoutError):
            self.abort()

    def abort(self):
        self._pinger.cancel()
        self._writer.close()

    def _alive(self, pinged=False, ponged=False):
        self._pinged, self._ponged = self._pinged or pinged, self._ponged or ponged
        if self._pinged and self._ponged and self.on_alive:
            self.on_alive()
            self.on_alive = None

    async def _fail(self, code, reason):
        self._frame(CLOSE, struct.pack("!H", code) + reason.encode())
        self.abort()
        raise Closed(code, reason)

    async def _read_frame(self):
        first, second = await self._reader.readexactly(2)
        length = second & 0x7F
        if first & 0x70 or second & 0x80:
            await self._fail(1002, "a reserved bit, or a server that masks")
        if length == 126:
            length = struct.unpack("!H", await self._reader.readexactly(2))[0]
        elif length == 127:
            length = struct.unpack("!Q", await self._reader.readexactly(8))[0]
        if length > self._limit:
            await self._fail(1009, "too large")
        return bool(first & 0x80), first & 0x0F, await self._reader.readexactly(length)

    def _frame(self, opcode, data, final=True):
        length = len(data)
        head = bytes([(0x80 if final else 0) | opcode])
        if length < 126:
            head += bytes([0x80 | length])
        elif length < 0x10000:
            head += bytes([0x80 | 126]) + struct.pack("!H", length)
        else:
            head += bytes([0x80 | 127]) + struct.pack("!Q", length)
        mask = os.urandom(4)
        pattern = (mask * (length // 4 + 1))[:length]
        masked = (int.from_bytes(data, "big") ^ int.from_bytes(pattern, "big")).to_bytes(length, "big")
        if not self._writer.is_closing():
            self._writer.write(head + mask + masked)

    async def _ping(self):
        while True:
            await asyncio.sleep(PING_SECONDS)
            if asyncio.get_running_loop().time() - self._heard > DEAD_SECONDS:
                self._writer.transport.abort()
                return
            self._frame(PING, b"")
