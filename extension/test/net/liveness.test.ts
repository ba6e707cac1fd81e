import assert from 'node:assert/strict';
import { test } from 'node:test';
import { watchLiveness, type Liveness } from '../../src/net/liveness.ts';
import { textEnvelope } from '../support/envelopes.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { ending, numbered, record } from './channel.contract.ts';
import { openLink } from './link-world.ts';

interface Watched {
  readonly clock: FakeClock;
  readonly liveness: Liveness;
  readonly seen: string[];
}

function watched(routine: boolean, wholeMs?: number): Watched {
  const clock = new FakeClock();
  const seen: string[] = [];
  const liveness = watchLiveness({
    clock,
    routine,
    ...(wholeMs === undefined ? {} : { wholeMs }),
    ping: () => seen.push('ping'),
    dead: () => seen.push('dead'),
  });
  return { clock, liveness, seen };
}

test('asks every four seconds and gives up after fifteen of silence', async () => {
  const { clock, seen } = watched(true);
  await clock.advance(14_999);
  assert.deepEqual(seen, ['ping', 'ping', 'ping']);
  await clock.advance(1);
  assert.deepEqual(seen, ['ping', 'ping', 'ping', 'dead']);
  assert.equal(clock.pending, 0);
});

test('any sign of life starts the time again', async () => {
  const { clock, liveness, seen } = watched(false);
  await clock.advance(14_000);
  liveness.heard();
  await clock.advance(14_000);
  assert.deepEqual(seen, []);
  await clock.advance(1_000);
  assert.deepEqual(seen, ['dead']);
});

test('what is sent into strange silence finds out in two seconds, and among signs of life it changes nothing', async () => {
  const { clock, liveness, seen } = watched(false);
  await clock.advance(5_000);
  liveness.sending();
  assert.deepEqual(seen, []);
  await clock.advance(1_000);
  liveness.sending();
  liveness.sending();
  assert.deepEqual(seen, ['ping']);
  await clock.advance(1_000);
  liveness.heard();
  await clock.advance(6_000);
  assert.deepEqual(seen, ['ping'], 'it was answered');
  liveness.sending();
  await clock.advance(1_999);
  assert.deepEqual(seen, ['ping', 'ping']);
  await clock.advance(1);
  assert.deepEqual(seen, ['ping', 'ping', 'dead']);
});

test('pieces alone are signs of life for a while only, however many come', async () => {
  const { clock, liveness, seen } = watched(true, 60_000);
  const drip = async (seconds: number): Promise<void> => {
    for (let count = 0; count < seconds; count += 1) {
      liveness.heard();
      await clock.advance(1_000);
    }
  };
  await drip(59);
  liveness.heardWhole();
  await drip(58);
  assert.ok(!seen.includes('dead'));
  clock.jump(3_600_000);
  await drip(58);
  assert.ok(!seen.includes('dead'), 'while the machine slept nothing could come');
  await drip(8);
  assert.equal(seen.filter((what) => what === 'dead').length, 1);
  assert.equal(clock.pending, 0);
});

test('after a pause of the machine it asks at once and waits a little', async () => {
  const { clock, liveness, seen } = watched(false);
  await clock.advance(4_000);
  clock.jump(3_600_000);
  await clock.advance(4_000);
  assert.deepEqual(seen, ['ping']);
  await clock.advance(4_999);
  assert.deepEqual(seen, ['ping']);
  liveness.heard();
  await clock.advance(14_999);
  assert.deepEqual(seen, ['ping']);
  await clock.advance(1);
  assert.deepEqual(seen, ['ping', 'dead']);
});

test('who does not answer after a pause is given up soon', async () => {
  const { clock, seen } = watched(true);
  clock.jump(3_600_000);
  await clock.advance(4_000);
  assert.deepEqual(seen, ['ping']);
  await clock.advance(5_000);
  assert.deepEqual(seen.at(-1), 'dead');
});

test('a clock set back gives up nobody who answers', async () => {
  const { clock, liveness, seen } = watched(true);
  clock.jump(-3_600_000);
  await clock.advance(4_000);
  liveness.heard();
  await clock.advance(14_000);
  assert.ok(!seen.includes('dead'));
});

test('stop leaves no timer', () => {
  const { clock, liveness } = watched(true);
  liveness.stop();
  assert.equal(clock.pending, 0);
});

test('a link whose other end vanished is cut after fifteen seconds', async () => {
  const clock = new FakeClock();
  const world = await openLink(clock);
  const atNear = record(world.near);
  const atFar = record(world.far);
  world.proxy.freeze();
  await clock.advance(14_999);
  assert.equal(atNear.all.length + atFar.all.length, 0);
  await clock.advance(1);
  assert.equal((await ending(atNear)).code, 1006);
  assert.equal((await ending(atFar)).code, 1006);
  await world.stop();
  assert.equal(clock.pending, 0);
});

test('a link whose other end vanished is cut two seconds after a message is sent on it', async () => {
  const clock = new FakeClock();
  const world = await openLink(clock);
  const atNear = record(world.near);
  const atFar = record(world.far);
  world.proxy.freeze();
  await clock.advance(7_000);
  world.near.send({ type: 'messages', messages: [{ envelope: textEnvelope('Sam', 'Carol'), held: false }] });
  await clock.advance(1_999);
  assert.equal(atNear.all.length, 0);
  await clock.advance(1);
  assert.equal((await ending(atNear)).code, 1006);
  // Who sends nothing finds out by and by.
  assert.equal(atFar.all.length, 0);
  await clock.advance(6_000);
  await ending(atFar);
  await world.stop();
});

test('a goodbye that nobody answers takes a second', async () => {
  const clock = new FakeClock();
  const world = await openLink(clock);
  const atNear = record(world.near);
  record(world.far);
  world.proxy.freeze();
  world.near.close(4000, 'bye');
  await clock.advance(999);
  assert.equal(atNear.all.length, 0);
  await clock.advance(1);
  assert.deepEqual(await ending(atNear), { code: 4000, reason: 'bye' });
  world.far.close(4000, 'bye');
  await clock.advance(1_000);
  await world.stop();
});

test('a bit that flips on the way ends the link for both', async () => {
  const world = await openLink();
  const [atNear, atFar] = [record(world.near), record(world.far)];
  world.proxy.corrupt();
  world.near.send(numbered(1));
  assert.equal((await ending(atFar)).code, 1006);
  assert.equal((await ending(atNear)).code, 1006);
  assert.equal(atFar.all.length, 1);
  await world.stop();
});
