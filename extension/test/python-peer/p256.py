"""ECDSA on P-256 with SHA-256 in plain Python: slow, not constant in time, for tests and nothing else."""

import hashlib
import secrets

P = 0xFFFFFFFF00000001000000000000000000000000FFFFFFFFFFFFFFFFFFFFFFFF
N = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
A = P - 3
B = 0x5AC635D8AA3A93E7B3EBBD55769886BC651D06B0CC53B0F63BCE3C3E27D2604B
G = (
    0x6B17D1F2E12C4247F8BCE6E563A440F277037D812DEB33A0F4A13945D898C296,
    0x4FE342E2FE1A7F9B8EE7EB4A7C0F9E162BCE33576B315ECECBB6406837BF51F5,
)


def on_curve(point):
    x, y = point
    return 0 <= x < P and 0 <= y < P and (y * y - x * x * x - A * x - B) % P == 0


def _double(p):
    """Jacobian coordinates: (x, y, z) is the point (x / z², y / z³), and z is 0 for infinity."""
    x, y, z = p
    if z == 0 or y == 0:
        return (1, 1, 0)
    s = 4 * x * y * y % P
    m = 3 * (x - z * z) * (x + z * z) % P
    x3 = (m * m - 2 * s) % P
    return (x3, (m * (s - x3) - 8 * pow(y, 4, P)) % P, 2 * y * z % P)


def _add(p, q):
    if p[2] == 0:
        return q
    if q[2] == 0:
        return p
    (x1, y1, z1), (x2, y2, z2) = p, q
    u1, u2 = x1 * z2 * z2 % P, x2 * z1 * z1 % P
    s1, s2 = y1 * pow(z2, 3, P) % P, y2 * pow(z1, 3, P) % P
    if u1 == u2:
        return _double(p) if s1 == s2 else (1, 1, 0)
    h, r = (u2 - u1) % P, (s2 - s1) % P
    h2, h3 = h * h % P, pow(h, 3, P)
    x3 = (r * r - h3 - 2 * u1 * h2) % P
    return (x3, (r * (u1 * h2 - x3) - s1 * h3) % P, h * z1 * z2 % P)


def _multiply(scalar, point):
    result, addend = (1, 1, 0), (*point, 1)
    while scalar:
        if scalar & 1:
            result = _add(result, addend)
        addend = _double(addend)
        scalar >>= 1
    return result


def _affine(p):
    x, y, z = p
    inverse = pow(z, -1, P)
    return (x * inverse * inverse % P, y * pow(inverse, 3, P) % P)


def new_private_key():
    return 1 + secrets.randbelow(N - 1)


def public_key(private_key):
    return _affine(_multiply(private_key, G))


def _digest(data):
    return int.from_bytes(hashlib.sha256(data).digest(), "big")


def sign(private_key, data):
    """The pair (r, s)."""
    while True:
        k = new_private_key()
        r = _affine(_multiply(k, G))[0] % N
        s = pow(k, -1, N) * (_digest(data) + r * private_key) % N
        if r and s:
            return r, s


def verify(point, data, r, s):
    if not (0 < r < N and 0 < s < N and on_curve(point)):
        return False
    w = pow(s, -1, N)
    sum_ = _add(_multiply(_digest(data) * w % N, G), _multiply(r * w % N, point))
    return sum_[2] != 0 and _affine(sum_)[0] % N == r
