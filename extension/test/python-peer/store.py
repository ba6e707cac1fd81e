"""What a peer keeps in its folder: keys, what it wrote and has no receipt for, and what it received."""

import json
import os
import time
import uuid

import certificates
import p256


def _write(path, data):
    """All of it or nothing, on the disk when this returns."""
    temporary = f"{path}.tmp"
    with open(temporary, "wb", opener=lambda name, flags: os.open(name, flags, 0o600)) as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    os.replace(temporary, path)


class Keys:
    """The identity key, the device key and their chain."""

    def __init__(self, folder):
        self.tls_file = os.path.join(folder, "tls.pem")
        path = os.path.join(folder, "keys.json")
        if not os.path.exists(path):
            keys = {"identity": p256.new_private_key(), "device": p256.new_private_key()}
            _write(path, json.dumps(keys).encode())
        with open(path, encoding="utf-8") as file:
            keys = json.load(file)
        self.identity_key, self.device_key = keys["identity"], keys["device"]
        self.identity_spki = certificates.spki(self.identity_key)
        self.identity = certificates.fingerprint(self.identity_spki)
        self.device = certificates.fingerprint(certificates.spki(self.device_key))
        chain = certificates.make_chain(self.identity_key, self.device_key)
        _write(self.tls_file, (chain + certificates.private_key_pem(self.device_key)).encode())


def uuid7():
    value = int(time.time() * 1000) << 80 | int.from_bytes(os.urandom(10), "big")
    value = value & ~(0xF << 76) | 0x7 << 76
    return str(uuid.UUID(int=value & ~(0x3 << 62) | 0x2 << 62))


class Outbox:
    """What this device wrote to one identity and has no receipt for, and how far it has counted."""

    def __init__(self, folder, reader):
        self._path = os.path.join(folder, f"outbox-{reader}.json")
        if os.path.exists(self._path):
            with open(self._path, encoding="utf-8") as file:
                self._state = json.load(file)
        else:
            self._state = {"epoch": str(uuid.uuid4()), "earlier": [], "next": 1, "pending": []}

    @property
    def epoch(self):
        return self._state["epoch"]

    @property
    def pending(self):
        """Envelopes with `held`, in the order of their numbers."""
        return self._state["pending"]

    @property
    def first(self):
        """The number of the first that is still here."""
        return self.pending[0]["envelope"]["seq"] if self.pending else self._state["next"]

    def add(self, envelope, held):
        number = self._state["next"]
        delivery = {"envelope": {**envelope, "epoch": self.epoch, "seq": number}, "held": held}
        self._state["next"] = number + 1
        self.pending.append(delivery)
        self._save()
        return delivery

    def settle(self, next_):
        """Everything before `next_` was acknowledged. Whether there was something."""
        kept = [delivery for delivery in self.pending if delivery["envelope"]["seq"] >= next_]
        if len(kept) == len(self.pending):
            return False
        self._state["pending"] = kept
        self._save()
        return True

    def agree(self, received):
        """Compares with where the reader stands: a counter that was lost begins a new epoch."""
        if received is None or received["epoch"] in self._state["earlier"]:
            return
        if received["epoch"] == self.epoch and received["next"] <= self._state["next"]:
            self.settle(received["next"])
            return
        epoch = str(uuid.uuid4())
        pending = [
            {**delivery, "envelope": {**delivery["envelope"], "epoch": epoch, "seq": at}}
            for at, delivery in enumerate(self.pending, 1)
        ]
        earlier = [*self._state["earlier"], self.epoch]
        self._state = {"epoch": epoch, "earlier": earlier, "next": len(pending) + 1, "pending": pending}
        self._save()

    def _save(self):
        _write(self._path, json.dumps(self._state).encode())


class Inbox:
    """What arrived. One line of the file is one frame's messages with the cursor behind them, so they go together."""

    def __init__(self, folder):
        path = os.path.join(folder, "inbox.jsonl")
        self._file = open(path, "a+b")
        self._file.seek(0)
        data = self._file.read()
        whole = data[: data.rfind(b"\n") + 1]
        # What a crash left of the last line was never acknowledged.
        self._file.truncate(len(whole))
        self.messages, self._ids, self._cursors, self._ended = [], set(), {}, {}
        for line in whole.splitlines():
            self._apply(json.loads(line))

    def cursor(self, device):
        return self._cursors.get(device)

    def has_ended(self, device, epoch):
        return epoch in self._ended.get(device, ())

    def store(self, device, cursor, envelopes):
        """Returns what is new, when the disk has it."""
        fresh = [envelope for envelope in envelopes if (envelope["author"], envelope["id"]) not in self._ids]
        record = {"device": device, "cursor": cursor, "messages": fresh}
        self._file.write(json.dumps(record).encode() + b"\n")
        self._file.flush()
        os.fsync(self._file.fileno())
        self._apply(record)
        return fresh

    def _apply(self, record):
        device, cursor = record["device"], record["cursor"]
        before = self._cursors.get(device)
        if before and before["epoch"] != cursor["epoch"]:
            self._ended.setdefault(device, set()).add(before["epoch"])
        self._cursors[device] = cursor
        for envelope in record["messages"]:
            self._ids.add((envelope["author"], envelope["id"]))
            self.messages.append(envelope)
