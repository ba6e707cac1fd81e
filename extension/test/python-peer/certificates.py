"""DER, the two certificates of a device, and who stands behind a chain: the section "Certificates" of the page."""

import base64
import datetime
import hashlib
import secrets

import p256


class CertificateError(Exception):
    pass


# --- DER ---------------------------------------------------------------------------------------------------------


def tlv(tag, *parts):
    content = b"".join(parts)
    length = len(content)
    if length < 0x80:
        return bytes([tag, length]) + content
    size = (length.bit_length() + 7) // 8
    return bytes([tag, 0x80 | size]) + length.to_bytes(size, "big") + content


def integer(value):
    return tlv(0x02, value.to_bytes(value.bit_length() // 8 + 1, "big"))


def oid(text):
    first, second, *rest = (int(part) for part in text.split("."))
    out = bytearray()
    for value in [40 * first + second, *rest]:
        groups = [value & 0x7F]
        while value := value >> 7:
            groups.append(0x80 | value & 0x7F)
        out += bytes(reversed(groups))
    return tlv(0x06, bytes(out))


def read(data, at=0):
    """The element at `at`: its tag, its content, its whole encoding, and where the next one begins."""
    try:
        tag, length, start = data[at], data[at + 1], at + 2
        if length & 0x80:
            size = length & 0x7F
            if not 1 <= size <= 3:
                raise CertificateError("a length that DER does not have")
            length, start = int.from_bytes(data[start : start + size], "big"), start + size
        end = start + length
        if end > len(data):
            raise CertificateError("cut short")
        return tag, data[start:end], data[at:end], end
    except IndexError:
        raise CertificateError("cut short") from None


def children(content):
    """Tag, content and whole encoding of each element in a constructed one."""
    at, found = 0, []
    while at < len(content):
        tag, inner, whole, at = read(content, at)
        found.append((tag, inner, whole))
    return found


# --- keys and signatures -----------------------------------------------------------------------------------------

EC_P256 = tlv(0x30, oid("1.2.840.10045.2.1"), oid("1.2.840.10045.3.1.7"))
ECDSA_SHA256 = tlv(0x30, oid("1.2.840.10045.4.3.2"))


def spki(private_key):
    x, y = p256.public_key(private_key)
    point = b"\x04" + x.to_bytes(32, "big") + y.to_bytes(32, "big")
    return tlv(0x30, EC_P256, tlv(0x03, b"\x00", point))


def point_of(spki_der):
    parts = children(read(spki_der)[1])
    if len(parts) != 2 or parts[0][2] != EC_P256 or len(parts[1][1]) != 66 or parts[1][1][:2] != b"\x00\x04":
        raise CertificateError("a key is not P-256")
    bits = parts[1][1]
    point = (int.from_bytes(bits[2:34], "big"), int.from_bytes(bits[34:66], "big"))
    if not p256.on_curve(point):
        raise CertificateError("a key is not on the curve")
    return point


def fingerprint(spki_der):
    return hashlib.sha256(spki_der).hexdigest()


def sign(private_key, data):
    r, s = p256.sign(private_key, data)
    return tlv(0x30, integer(r), integer(s))


def verify(spki_der, data, signature):
    parts = children(read(signature)[1])
    if [tag for tag, _, _ in parts] != [2, 2]:
        return False
    r, s = (int.from_bytes(content, "big", signed=True) for _, content, _ in parts)
    return p256.verify(point_of(spki_der), data, r, s)


def sign_statement(private_key, statement):
    return base64.b64encode(sign(private_key, statement.encode())).decode()


def pem(label, der):
    text = base64.encodebytes(der).decode().replace("\n", "")
    lines = [text[at : at + 64] for at in range(0, len(text), 64)]
    return "\n".join([f"-----BEGIN {label}-----", *lines, f"-----END {label}-----", ""])


def private_key_pem(private_key):
    x, y = p256.public_key(private_key)
    point = b"\x04" + x.to_bytes(32, "big") + y.to_bytes(32, "big")
    inner = tlv(
        0x30, integer(1), tlv(0x04, private_key.to_bytes(32, "big")), tlv(0xA1, tlv(0x03, b"\x00", point))
    )
    return pem("PRIVATE KEY", tlv(0x30, integer(0), EC_P256, tlv(0x04, inner)))


# --- certificates ------------------------------------------------------------------------------------------------

BASIC_CONSTRAINTS, KEY_USAGE, EXTENDED_KEY_USAGE = "2.5.29.19", "2.5.29.15", "2.5.29.37"
CRITICAL = tlv(0x01, b"\xff")
VALIDITY = tlv(0x30, tlv(0x17, b"200101000000Z"), tlv(0x18, b"99991231235959Z"))
DEVICE, IDENTITY = "P2P Chat device", "P2P Chat identity"


def _name(common_name):
    return tlv(0x30, tlv(0x31, tlv(0x30, oid("2.5.4.3"), tlv(0x0C, common_name.encode()))))


def _extension(id_, critical, value):
    return tlv(0x30, oid(id_), CRITICAL if critical else b"", tlv(0x04, value))


def _certificate(subject, subject_key, issuer_key, extensions):
    body = tlv(
        0x30,
        tlv(0xA0, integer(2)),
        integer(1 + secrets.randbits(120)),
        ECDSA_SHA256,
        _name(IDENTITY),
        VALIDITY,
        _name(subject),
        spki(subject_key),
        tlv(0xA3, tlv(0x30, *extensions)),
    )
    return tlv(0x30, body, ECDSA_SHA256, tlv(0x03, b"\x00", sign(issuer_key, body)))


def make_chain(identity_key, device_key):
    """PEM of the device certificate and then of the identity certificate."""
    leaf = _certificate(
        DEVICE,
        device_key,
        identity_key,
        [
            _extension(BASIC_CONSTRAINTS, True, tlv(0x30)),
            _extension(KEY_USAGE, True, tlv(0x03, b"\x07\x80")),
            _extension(
                EXTENDED_KEY_USAGE, False, tlv(0x30, oid("1.3.6.1.5.5.7.3.1"), oid("1.3.6.1.5.5.7.3.2"))
            ),
        ],
    )
    issuer = _certificate(
        IDENTITY,
        identity_key,
        identity_key,
        [
            _extension(BASIC_CONSTRAINTS, True, tlv(0x30, tlv(0x01, b"\xff"), integer(0))),
            _extension(KEY_USAGE, True, tlv(0x03, b"\x02\x04")),
        ],
    )
    return pem("CERTIFICATE", leaf) + pem("CERTIFICATE", issuer)


def _time(tag, content):
    form = {0x17: "%y%m%d%H%M%SZ", 0x18: "%Y%m%d%H%M%SZ"}.get(tag)
    try:
        return datetime.datetime.strptime(content.decode("ascii"), form or "").replace(
            tzinfo=datetime.timezone.utc
        )
    except ValueError:
        raise CertificateError("a time that cannot be read") from None


def _parse(der):
    """What the page tells a reader to look at."""
    outer = children(read(der)[1])
    if len(outer) != 3 or outer[1][2] != ECDSA_SHA256:
        raise CertificateError("not signed by ECDSA with SHA-256")
    (_, body, signed), _, (_, signature, _) = outer
    fields = children(body)
    if fields[0][0] == 0xA0:
        fields = fields[1:]
    if len(fields) < 6:
        raise CertificateError("not a certificate")
    not_before, not_after = (_time(tag, content) for tag, content, _ in children(fields[3][1])[:2])
    is_ca = False
    for tag, content, _ in fields[6:]:
        if tag != 0xA3:
            continue
        for _, extension, _ in children(read(content)[1]):
            parts = children(extension)
            if parts[0][2] == oid(BASIC_CONSTRAINTS):
                constraints = children(read(parts[-1][1])[1])
                is_ca = bool(constraints) and constraints[0][:2] == (0x01, b"\xff")
    key = fields[5][2]
    point_of(key)
    return {
        "key": key,
        "signed": signed,
        "signature": signature[1:],
        "not_before": not_before,
        "not_after": not_after,
        "is_ca": is_ca,
    }


def verify_chain(chain):
    """Identity and device of a chain of DER certificates, the device's first."""
    if len(chain) != 2:
        raise CertificateError("not a device certificate and an identity certificate")
    leaf, issuer = (_parse(der) for der in chain)
    now = datetime.datetime.now(datetime.timezone.utc)
    for certificate in (leaf, issuer):
        if not certificate["not_before"] <= now <= certificate["not_after"]:
            raise CertificateError("not valid at this time")
    if not issuer["is_ca"] or leaf["is_ca"]:
        raise CertificateError("the wrong one of the two may sign others")
    if leaf["key"] == issuer["key"]:
        raise CertificateError("the device uses the identity key")
    for certificate in (issuer, leaf):
        if not verify(issuer["key"], certificate["signed"], certificate["signature"]):
            raise CertificateError("a signature is not the identity's")
    return fingerprint(issuer["key"]), fingerprint(leaf["key"])
