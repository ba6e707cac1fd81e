import assert from 'node:assert/strict';
import { Socket } from 'node:net';
import { describe, it } from 'node:test';
import { Handshakes } from '../../src/net/handshakes.ts';
import { FakeClock } from '../support/fake-clock.ts';

let ports = 1_024;

/** A connection from anywhere. */
function socketFrom(remoteAddress: string): Socket {
  ports += 1;
  return Object.defineProperties(new Socket(), {
    remoteAddress: { value: remoteAddress },
    remotePort: { value: ports },
  });
}

/** Takes connections from these addresses, one after the other. */
function beginner(): (address: string) => Socket {
  const running = new Handshakes(new FakeClock(), {
    handshakeTimeoutMs: 10_000,
    handshakes: 12,
    handshakesPerAddress: 4,
    channels: 1,
    channelsPerIdentity: 1,
  });
  return (address) => {
    const socket = socketFrom(address);
    running.begin(socket);
    return socket;
  };
}

describe('a slow handshake', () => {
  it('is not cut by strangers who connect from some addresses and say nothing: the oldest of those goes', () => {
    const begin = beginner();
    const honest = begin('192.0.2.1');
    const silent = Array.from({ length: 100 }, (_, count) => begin(`198.51.100.${count % 5}`));
    assert.equal(honest.destroyed, false);
    assert.equal(silent.filter(({ destroyed }) => !destroyed).length, 11);
    assert.deepEqual(
      silent.map(({ destroyed }) => destroyed),
      silent.map((_, count) => count < 89),
    );
  });

  it('is not cut by a stranger with a whole /64 of IPv6 addresses, however they are written', () => {
    const begin = beginner();
    const honest = begin('2001:db8:0:2::1');
    const silent = Array.from({ length: 50 }, (_, count) => begin(`2001:db8:0:1::${count.toString(16)}`));
    const long = begin('2001:0db8:0000:0001:ffff:0:0:1');
    assert.equal(honest.destroyed, false);
    assert.equal([...silent, long].filter(({ destroyed }) => !destroyed).length, 4);
    assert.equal(long.destroyed, false);
  });

  it('is counted by its IPv4 address also where that comes within IPv6', () => {
    const begin = beginner();
    const honest = begin('::ffff:192.0.2.1');
    const silent = Array.from({ length: 20 }, (_, count) =>
      begin(count % 2 === 0 ? '::ffff:198.51.100.1' : '198.51.100.1'),
    );
    assert.equal(honest.destroyed, false);
    assert.equal(silent.filter(({ destroyed }) => !destroyed).length, 4);
  });

  it('is one of all when everybody else comes from an address of their own: the oldest goes', () => {
    const begin = beginner();
    const sockets = Array.from({ length: 14 }, (_, count) => begin(`2001:db8:0:${count}::1`));
    assert.deepEqual(
      sockets.map(({ destroyed }) => destroyed),
      sockets.map((_, count) => count < 2),
    );
  });
});
