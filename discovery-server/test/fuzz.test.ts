import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { SessionClose } from '@p2p-chat/protocol/discovery';
import { startHarness } from './harness.ts';
import { person, register, TestSession } from './test-client.ts';

/** A client that says any frames there are, in any order. */

const id = fc.nat(5);
const identity = fc.constantFrom('a'.repeat(64), 'b'.repeat(64));
const endpoints = fc.array(
  fc.record({
    address: fc.oneof(fc.ipV4(), fc.ipV6()),
    port: fc.oneof(fc.integer({ min: 1_024, max: 65_535 }), fc.nat(70_000)),
  }),
  { maxLength: 9 },
);
const frame = fc.oneof(
  fc.record({ type: fc.constant('announce'), id, endpoints }),
  fc.record({
    type: fc.constant('directory'),
    id,
    after: fc.option(fc.stringMatching(/^[A-Za-z]{1,8}$/)),
    limit: fc.integer({ min: 1, max: 50 }),
  }),
  fc.record({ type: fc.constant('look-up'), id, identity }),
  fc.record({
    type: fc.constantFrom('watch', 'unwatch'),
    id,
    identities: fc.array(identity, { minLength: 1 }),
  }),
  fc.record({ type: fc.constant('watch-directory'), id, on: fc.boolean() }),
  fc.record({ type: fc.constant('resync'), id }),
  fc.record({ type: fc.constant('rename'), id, name: fc.string({ maxLength: 40 }) }),
  fc.record({ type: fc.constantFrom('sign-in', 'challenge', 'result'), id }),
  fc.constant({ type: 'sign-out', id: 9 }),
  fc.jsonValue(),
);
const DOCUMENTED: readonly number[] = Object.values(SessionClose);

test('a session answers whatever a client says, or ends with a code that is documented', async (t) => {
  const { url, signedIn } = await startHarness(t, { limits: { handshakes: { calls: 10_000, seconds: 60 } } });
  const { session: honest, who } = await signedIn('Honest');
  let [count, answered] = [0, 0];
  await fc.assert(
    fc.asyncProperty(fc.array(frame, { maxLength: 8 }), async (frames) => {
      const hostile = person(`Hostile${(count += 1)}`);
      if (count <= 90) assert.equal((await register(url, hostile)).status, 201);
      const session = count <= 90 ? await TestSession.signedIn(url, hostile) : TestSession.connect(url);
      if (count > 90) await session.challenge();
      for (const said of frames) session.send(JSON.stringify(said));
      session.send({ type: 'sign-out', id: 10 });
      const { code } = await session.closed;
      assert.ok(DOCUMENTED.includes(code), `${code} is in no document`);
      answered += session.waiting().filter(({ type }) => type === 'result' || type === 'error').length;
      assert.equal((await honest.lookUp(who.identity))?.online, true);
    }),
    { numRuns: 120, endOnFailure: true },
  );
  assert.ok(answered > 20, `only ${answered} requests were good enough to be answered`);
});
