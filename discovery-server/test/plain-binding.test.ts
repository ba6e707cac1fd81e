import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { SessionClose } from '@p2p-chat/protocol/discovery';
import { startHarness } from './harness.ts';
import {
  getChallenge,
  person,
  postRegistration,
  register,
  registrationBodyOf,
  signInFrameOf,
  TestSession,
} from './test-client.ts';

describe('a signature for a server on plain HTTP', () => {
  test('that another one relays live is refused at registration and at sign-in', async (t) => {
    const [honest, evil] = [await startHarness(t), await startHarness(t)];
    const sam = await honest.member('Sam');
    // Whoever runs the other server passes the honest one's challenges on to a client of its own.
    const { binding: forEvil } = await getChallenge(evil.url);
    const carol = registrationBodyOf(person('Carol'), {
      nonce: (await getChallenge(honest.url)).nonce,
      binding: forEvil,
    });
    assert.equal((await postRegistration(honest.url, carol)).status, 401);
    const stolen = TestSession.connect(honest.url);
    const { nonce } = await stolen.challenge();
    stolen.send(signInFrameOf(sam, { nonce, binding: forEvil }));
    assert.equal((await stolen.closed).code, SessionClose.badSignature);
    await TestSession.signedIn(honest.url, sam);
  });

  test('that names no port, or several, is refused', async (t) => {
    const { url } = await startHarness(t);
    const { port } = new URL(url);
    for (const binding of ['plain', 'plain:', `plain:${port},8000`, `plain:0${port}`, `tls:${port}`]) {
      const { nonce } = await getChallenge(url);
      const body = registrationBodyOf(person('Sam'), { nonce, binding });
      assert.equal((await postRegistration(url, body)).status, 401, binding);
    }
  });

  test('may be for another port by which its clients come, and for no further one', async (t) => {
    const { url, server } = await startHarness(t, { alsoPorts: [9_001, 9_002] });
    const sam = person('Sam');
    assert.equal((await register(url, sam)).status, 201);
    for (const port of [9_001, 9_002, 9_003]) {
      const session = TestSession.connect(url);
      session.send(signInFrameOf(sam, { ...(await session.challenge()), binding: `plain:${port}` }));
      const welcomed = session.next('welcome').then(
        () => true,
        () => false,
      );
      assert.equal(await welcomed, port !== 9_003, `${port} beside ${server.address.port}`);
    }
  });
});
