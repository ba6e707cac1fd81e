/**
 * Whether an IP literal can be the address of one machine: neither unspecified, nor multicast, nor broadcast, in IPv4,
 * in IPv6 or in IPv4 within IPv6. Nobody's client shall be sent to a whole network, or to its own machine by `0.0.0.0`.
 * @param address an IPv4 or IPv6 literal without a zone; anything else is no address of one machine
 */
export function isUnicast(address: string): boolean {
  if (!address.includes(':')) return isUnicastOctet(Number(address.split('.')[0]));
  if (!URL.canParse(`http://[${address}]`)) return false;
  // The shortest form, whichever was written.
  const shortest = new URL(`http://[${address}]`).hostname;
  const mapped = /^\[::ffff:([0-9a-f]+):[0-9a-f]+\]$/.exec(shortest);
  if (mapped !== null) return isUnicastOctet(Number.parseInt(mapped[1] ?? '', 16) >>> 8);
  return shortest !== '[::]' && !/^\[ff[0-9a-f]{2}:/.test(shortest);
}

/** By the first octet: 0 is this machine or network, from 224 on are multicast, reserved and broadcast. */
function isUnicastOctet(octet: number): boolean {
  return octet >= 1 && octet <= 223;
}

/**
 * Whether a host is this very machine, by what it is called alone. Names below `localhost` are not: a resolver may be
 * asked for them, and answer anything.
 * @param hostname as `URL.hostname` gives it
 */
export function isLoopbackHost(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127(\.\d{1,3}){3}$/.test(hostname);
}
