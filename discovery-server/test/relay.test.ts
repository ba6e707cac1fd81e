import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { describe, test, type TestContext } from 'node:test';
import { WebSocket } from 'ws';
import { type Call, DiscoveryPath, RELAY_PROTOCOL, RelayClose } from '@p2p-chat/protocol/discovery';
import type { Fingerprint } from '@p2p-chat/protocol/fingerprint';
import { LINK_DEAD_AFTER_MS, MAX_RELAY_FRAME_BYTES, RELAY_WAIT_MS } from '@p2p-chat/protocol/limits';
import { RELAY_BACKLOG_BYTES, RELAY_IDLE_MS } from '../src/limits.ts';
import { type Harness, type HarnessOptions, startHarness } from './harness.ts';
import { type Person, signInFrameOf, TestSession } from './test-client.ts';

/** More than any buffers of two connections hold. */
const SENT_BYTES = 48 * 1024 * 1024;

const HOME = { address: '192.0.2.10', port: 40_123 };

interface Pair extends Harness {
  readonly sam: TestSession;
  readonly carol: TestSession;
  readonly who: { readonly sam: Person; readonly carol: Person };
}

async function samAndCarol(t: TestContext, options: HarnessOptions = {}): Promise<Pair> {
  const harness = await startHarness(t, options);
  const [sam, carol] = [await harness.member('Sam'), await harness.member('Carol')];
  return {
    ...harness,
    who: { sam, carol },
    sam: await TestSession.signedIn(harness.url, sam, [HOME]),
    carol: await TestSession.signedIn(harness.url, carol),
  };
}

/** One client's end of the relay. What comes is kept. */
class End {
  readonly socket: WebSocket;
  readonly closed: Promise<number>;
  readonly #got: Buffer[] = [];
  #count = 0;

  constructor(url: string, ticket: string, options: { autoPong?: boolean } = {}) {
    this.socket = new WebSocket(url + DiscoveryPath.relay, RELAY_PROTOCOL, {
      headers: { authorization: `Bearer ${ticket}` },
      ...options,
    });
    this.socket.on('message', (data: Buffer) => {
      this.#got.push(data);
      this.#count += data.length;
      this.socket.emit('got');
    });
    this.closed = new Promise((resolve) => this.socket.once('close', resolve));
    this.socket.on('error', () => undefined);
  }

  get got(): Buffer {
    return Buffer.concat(this.#got);
  }

  async bytes(count: number): Promise<Buffer> {
    while (this.#count < count) await once(this.socket, 'got');
    return this.got;
  }

  async opened(): Promise<this> {
    if (this.socket.readyState !== WebSocket.OPEN) await once(this.socket, 'open');
    return this;
  }
}

async function ticketOf(session: TestSession, identity: Fingerprint): Promise<string> {
  const answer = await session.ask({ type: 'relay', identity });
  assert.equal(answer.type, 'result');
  return answer.ticket ?? assert.fail('there is no ticket');
}

/** Both tickets of a new pair. */
async function tickets({ sam, carol, who }: Pair): Promise<[string, string]> {
  const own = await ticketOf(sam, who.carol.identity);
  const { ticket, identity, device } = await carol.next('relay');
  assert.deepEqual([identity, device], [who.sam.identity, who.sam.device]);
  return [own, ticket];
}

/** Two ends that are joined. */
async function joined(pair: Pair, options: { autoPong?: boolean } = {}): Promise<[End, End]> {
  const [own, others] = await tickets(pair);
  return [await new End(pair.url, own).opened(), await new End(pair.url, others, options).opened()];
}

/** The status with which a relay refuses. */
async function refused(url: string, headers: Record<string, string>): Promise<number> {
  const socket = new WebSocket(url + DiscoveryPath.relay, RELAY_PROTOCOL, { headers });
  const [, response] = (await once(socket, 'unexpected-response')) as [unknown, { statusCode: number }];
  socket.on('error', () => undefined);
  socket.terminate();
  return response.statusCode;
}

const isCall = (frame: { type: string }): boolean => frame.type === 'dial-back' || frame.type === 'relay';

describe('asked to be dialled back, a server', () => {
  test('tells the other, with where to dial', async (t) => {
    const { sam, carol, who } = await samAndCarol(t);
    const answer = await sam.ask({ type: 'dial-back', identity: who.carol.identity });
    assert.deepEqual(answer, { type: 'result', id: 1 });
    const call: Call = await carol.next('dial-back');
    const { identity, device } = who.sam;
    assert.deepEqual(call, { type: 'dial-back', identity, device, endpoints: [HOME] });
  });

  test('answers the same whether the other is there, away, nobody, or takes no such call', async (t) => {
    const { sam, url, member } = await samAndCarol(t);
    const [away, old] = [await member('Away'), await member('Old')];
    const session = TestSession.connect(url);
    session.send(signInFrameOf(old, await session.challenge(), [], true, []));
    await session.next('welcome');
    for (const identity of [away.identity, old.identity, 'f'.repeat(64)]) {
      const { type } = await sam.ask({ type: 'dial-back', identity });
      assert.equal(type, 'result');
    }
    await session.ask({ type: 'look-up', identity: away.identity });
    assert.ok(!session.waiting().some(isCall), 'whoever takes no calls gets none');
  });

  test('lets nobody call one other, or others, more often than it may', async (t) => {
    const limits = { calls: { calls: 5, seconds: 60 }, callsPerPair: { calls: 2, seconds: 60 } };
    const { sam, carol, who } = await samAndCarol(t, { limits });
    const ask = async (identity: Fingerprint): Promise<string> => {
      const answer = await sam.ask({ type: 'dial-back', identity });
      return answer.type === 'error' ? answer.code : answer.type;
    };
    const { identity } = who.carol;
    assert.deepEqual([await ask(identity), await ask(identity)], ['result', 'result']);
    assert.equal(await ask(identity), 'too-many');
    assert.deepEqual([await ask('1'.repeat(64)), await ask('2'.repeat(64))], ['result', 'result']);
    assert.equal(await ask('3'.repeat(64)), 'too-many');
    await carol.ask({ type: 'look-up', identity });
    assert.equal(carol.waiting().filter(isCall).length, 2);
  });
});

describe('a relay', () => {
  test('carries bytes both ways as they are, in order, and ends both when one ends', async (t) => {
    const [near, far] = await joined(await samAndCarol(t));
    const [there, back] = [randomBytes(1_500_000), randomBytes(700_000)];
    const send = (end: End, bytes: Buffer): void => {
      for (
        let at = 0, size = 1;
        at < bytes.length;
        at += size, size = Math.min(2 * size, MAX_RELAY_FRAME_BYTES)
      ) {
        end.socket.send(bytes.subarray(at, at + size));
      }
    };
    send(near, there);
    send(far, back);
    assert.ok((await far.bytes(there.length)).equals(there));
    assert.ok((await near.bytes(back.length)).equals(back));
    near.socket.send(Buffer.from('last words'));
    near.socket.close();
    assert.equal(await far.closed, RelayClose.ended);
    assert.equal(far.got.subarray(-10).toString(), 'last words');
  });

  test('keeps what the first sends until the other comes', async (t) => {
    const pair = await samAndCarol(t);
    const [own, others] = await tickets(pair);
    const near = await new End(pair.url, own).opened();
    near.socket.send(Buffer.from('hello'));
    const far = new End(pair.url, others);
    assert.equal((await far.bytes(5)).toString(), 'hello');
  });

  test('lets in nobody without a ticket, with one that was made up, or with one that was used', async (t) => {
    const pair = await samAndCarol(t);
    const [own, others] = await tickets(pair);
    assert.equal(await refused(pair.url, {}), 404);
    assert.equal(
      await refused(pair.url, { authorization: `Bearer ${randomBytes(32).toString('base64')}` }),
      404,
    );
    assert.equal(await refused(pair.url, { authorization: `Basic ${own}` }), 404);
    const near = await new End(pair.url, own).opened();
    assert.equal(await refused(pair.url, { authorization: `Bearer ${own}` }), 404);
    const far = await new End(pair.url, others).opened();
    assert.equal(await refused(pair.url, { authorization: `Bearer ${others}` }), 404);
    near.socket.send(Buffer.from('to one alone'));
    assert.equal((await far.bytes(12)).toString(), 'to one alone');
  });

  test('gives each account a ticket of its own, and the pair to nobody who only asks', async (t) => {
    const pair = await samAndCarol(t);
    const eve = await pair.signedIn('Eve');
    const [own, others] = await tickets(pair);
    assert.notEqual(own, others);
    const eves = await ticketOf(eve.session, pair.who.carol.identity);
    await new End(pair.url, own).opened();
    const eavesdropper = await new End(pair.url, eves).opened();
    const far = await new End(pair.url, others).opened();
    far.socket.send(Buffer.from('for Sam'));
    await pair.sam.ask({ type: 'look-up', identity: eve.who.identity });
    assert.equal(eavesdropper.got.length, 0);
    assert.ok(![...eve.session.waiting()].some(isCall));
  });

  test('waits for the other no longer than it says, and takes no ticket after it', async (t) => {
    const pair = await samAndCarol(t);
    const [own, others] = await tickets(pair);
    const near = await new End(pair.url, own).opened();
    await pair.pass(RELAY_WAIT_MS, pair.sam, pair.carol);
    assert.equal(await near.closed, RelayClose.nobodyCame);
    assert.equal(await refused(pair.url, { authorization: `Bearer ${others}` }), 404);
  });

  test('is for those who are there and take part in it', async (t) => {
    const pair = await samAndCarol(t);
    const away = await pair.member('Away');
    for (const identity of [away.identity, 'f'.repeat(64), pair.who.sam.identity]) {
      const answer = await pair.sam.ask({ type: 'relay', identity });
      assert.ok(answer.type === 'error' && answer.code === 'unavailable');
    }
  });

  test('ends a pair in which somebody sends text, or a message that is too large', async (t) => {
    const pair = await samAndCarol(t);
    for (const [message, code] of [
      ['text', RelayClose.badMessage],
      [Buffer.alloc(MAX_RELAY_FRAME_BYTES + 1), 1009],
    ] as const) {
      const [near, far] = await joined(pair);
      near.socket.send(message);
      assert.equal(await near.closed, code);
      await far.closed;
      assert.equal(far.got.length, 0);
    }
  });

  test('reads no more from whoever sends faster than the other reads', async (t) => {
    const [near, far] = await joined(await samAndCarol(t, { limits: { relayBytesPerSecond: 2 ** 40 } }));
    far.socket.pause();
    const taken = await fill(near.socket);
    // What the system's own buffers of two connections on one machine hold, and RELAY_BACKLOG_BYTES.
    assert.ok(taken < SENT_BYTES / 2, `${taken} bytes were taken`);
    assert.ok(taken > RELAY_BACKLOG_BYTES);
    far.socket.resume();
    await far.bytes(SENT_BYTES);
    near.socket.terminate();
  });

  test('lets an account send no more than it may', async (t) => {
    const rate = 512 * 1024;
    const pair = await samAndCarol(t, { limits: { relayBytesPerSecond: rate } });
    const [near, far] = await joined(pair);
    const chunk = Buffer.alloc(MAX_RELAY_FRAME_BYTES);
    for (let sent = 0; sent < 12 * rate; sent += chunk.length) near.socket.send(chunk);
    await far.bytes(2 * rate - MAX_RELAY_FRAME_BYTES);
    // What was read in one go before the pause passes as well.
    const first = far.got.length;
    assert.ok(first <= 2 * rate + 4 * MAX_RELAY_FRAME_BYTES);
    for (let second = 0; second < 4; second += 1) await pair.pass(1_000, pair.sam, pair.carol);
    await far.bytes(first + 3 * rate);
    assert.ok(far.got.length <= first + 5 * rate, 'no more than a second brings');
    near.socket.terminate();
  });

  test('counts all pairs of an account together, also one that was quiet until now', async (t) => {
    const rate = 512 * 1024;
    const pair = await samAndCarol(t, { limits: { relayBytesPerSecond: rate } });
    const pairs: [End, End][] = [];
    for (let n = 0; n < 3; n += 1) {
      pairs.push(await joined(pair));
      await pair.pass(2_000, pair.sam, pair.carol);
    }
    const chunk = Buffer.alloc(MAX_RELAY_FRAME_BYTES);
    for (const [near] of pairs) for (let n = 0; n < 2 * 8; n += 1) near.socket.send(chunk);
    const got = (): number => pairs.reduce((sum, [, far]) => sum + far.got.length, 0);
    while (got() < 2 * rate - chunk.length) await pair.sam.ask({ type: 'look-up', identity: '0'.repeat(64) });
    // More would have come in the time of so many answers.
    for (let n = 0; n < 50; n += 1) await pair.sam.ask({ type: 'look-up', identity: '0'.repeat(64) });
    assert.ok(got() <= 2 * rate + 3 * 4 * chunk.length, `${got()} bytes`);
    for (const [near] of pairs) near.socket.terminate();
  });

  test('finds out that one end is gone without a word', async (t) => {
    const pair = await samAndCarol(t);
    const [near, far] = await joined(pair, { autoPong: false });
    await pair.pass(LINK_DEAD_AFTER_MS + 1_000, pair.sam, pair.carol);
    assert.equal(await near.closed, RelayClose.ended);
    assert.equal(await far.closed, 1006);
  });

  test('ends a pair that says nothing', async (t) => {
    const pair = await samAndCarol(t);
    const ends = await joined(pair);
    const tick = async (): Promise<void> => {
      // Pongs come while time passes.
      await pair.pass(1_000, pair.sam, pair.carol);
      for (const { socket } of ends) socket.ping();
    };
    for (let ms = 0; ms <= RELAY_IDLE_MS; ms += 1_000) await tick();
    assert.deepEqual(await Promise.all(ends.map(({ closed }) => closed)), [RelayClose.idle, RelayClose.idle]);
  });

  test('has room for so many pairs, and for so many of one account', async (t) => {
    const pair = await samAndCarol(t, { limits: { relays: 3, relaysPerAccount: 2 } });
    const eve = await pair.signedIn('Eve');
    const { identity } = pair.who.carol;
    const ask = (session: TestSession): Promise<string> => askForRelay(session, identity);
    assert.deepEqual([await ask(pair.sam), await ask(pair.sam)], ['result', 'result']);
    assert.equal(await ask(pair.sam), 'too-many');
    assert.deepEqual([await ask(eve.session), await ask(eve.session)], ['result', 'too-many']);
    await pair.pass(RELAY_WAIT_MS, pair.sam, pair.carol, eve.session);
    assert.equal(await ask(pair.sam), 'result');
  });

  test('has no more room for one address, however many accounts it has', async (t) => {
    const pair = await samAndCarol(t, { limits: { relaysPerAddress: 3, relaysPerAccount: 2 } });
    const eve = await pair.signedIn('Eve');
    const { identity } = pair.who.carol;
    const ask = (session: TestSession): Promise<string> => askForRelay(session, identity);
    assert.deepEqual([await ask(pair.sam), await ask(pair.sam)], ['result', 'result']);
    assert.deepEqual([await ask(eve.session), await ask(eve.session)], ['result', 'too-many']);
    await pair.pass(RELAY_WAIT_MS, pair.sam, pair.carol, eve.session);
    assert.equal(await ask(eve.session), 'result', 'once the others are gone');
  });

  test('ends the pairs of an account that is no more', async (t) => {
    for (const gone of ['sam', 'carol'] as const) {
      const pair = await samAndCarol(t);
      const [near, far] = await joined(pair);
      await pair[gone].ask({ type: 'delete-account' });
      await pair.pass(1_000);
      assert.deepEqual([await near.closed, await far.closed], [RelayClose.ended, RelayClose.ended]);
    }
  });

  test('that a server does not have is offered to nobody and found nowhere', async (t) => {
    const pair = await samAndCarol(t, { limits: { relays: 0 } });
    const session = TestSession.connect(pair.url);
    assert.deepEqual((await session.signIn(await pair.member('New'))).offers, ['dial-back']);
    const answer = await pair.sam.ask({ type: 'relay', identity: pair.who.carol.identity });
    assert.ok(answer.type === 'error' && answer.code === 'unavailable');
    assert.equal(await refused(pair.url, { authorization: `Bearer ${'a'.repeat(43)}=` }), 404);
  });

  test('ends with its server', async (t) => {
    const pair = await samAndCarol(t);
    const [near, far] = await joined(pair);
    await tickets(pair);
    await pair.server.stop();
    assert.deepEqual([await near.closed, await far.closed], [RelayClose.goingAway, RelayClose.goingAway]);
  });
});

/** Asks for a pair in the relay with this person. @returns what comes of it: a result, or the code of the refusal */
async function askForRelay(session: TestSession, identity: Fingerprint): Promise<string> {
  const answer = await session.ask({ type: 'relay', identity });
  return answer.type === 'error' ? answer.code : answer.type;
}

/** Sends 48 MiB. @returns how many bytes of it were taken once no more are */
async function fill(socket: WebSocket): Promise<number> {
  const chunk = Buffer.alloc(MAX_RELAY_FRAME_BYTES);
  for (let sent = 0; sent < SENT_BYTES; sent += chunk.length) socket.send(chunk);
  for (let before = -1; before !== socket.bufferedAmount;) {
    before = socket.bufferedAmount;
    // Nothing tells that no more is taken: between two looks a live connection takes some.
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return SENT_BYTES - socket.bufferedAmount;
}
