import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { generateKeyPair } from '@p2p-chat/protocol/identity';
import { makeSuccession, type Succession } from '@p2p-chat/protocol/succession';
import { ScriptedPeer } from './scripted-peer.ts';
import { type Cast, pinned, key, assertUnharmed } from './lying-directory.ts';

describe('a directory with a forged statement that an identity was replaced', () => {
  const forgeries: Record<string, (parts: Cast) => Succession[]> = {
    'signed by another key': ({ carol, mallory }) => {
      const forged = makeSuccession(key(mallory), generateKeyPair());
      return [{ ...makeSuccession(key(carol), key(mallory)), signature: forged.signature }];
    },
    'that the successor signed alone': ({ carol, mallory }) => {
      const statement = makeSuccession(key(carol), key(mallory));
      return [{ ...statement, signature: statement.acceptance }];
    },
    'without the acceptance of the successor': ({ carol, mallory }) => {
      const statement = makeSuccession(key(carol), key(mallory));
      return [{ ...statement, acceptance: statement.signature }];
    },
    'made for another successor': ({ carol, mallory }) => {
      const meant = makeSuccession(key(carol), generateKeyPair());
      return [{ ...meant, to: makeSuccession(key(mallory), key(mallory)).from }];
    },
    'whose steps do not join': ({ carol, mallory }) => [
      makeSuccession(key(carol), generateKeyPair()),
      makeSuccession(generateKeyPair(), key(mallory)),
    ],
    'that comes back to where it began': ({ carol }) => {
      const next = generateKeyPair();
      return [makeSuccession(key(carol), next), makeSuccession(next, key(carol))];
    },
  };

  for (const [name, forge] of Object.entries(forgeries)) {
    it(`${name} is not followed, whoever tells it`, async () => {
      const parts = await pinned();
      const { world, sam, carol, mallory } = parts;
      const chain = forge(parts);
      sam.chat.succession(chain);
      world.answer = () =>
        Promise.resolve({ presence: { ...mallory.presence, name: 'Mallory' }, successions: chain });
      await new ScriptedPeer(world, sam, mallory).greet({ successions: chain });
      await world.clock.settle();
      assertUnharmed(parts);
      assert.deepEqual(
        sam.chat.contacts.map(({ id }) => id),
        [carol.identity],
      );
      assert.deepEqual([sam.seen.replaced, sam.lines(carol.identity)], [[], []]);
      assert.ok(sam.seen.log.some((line) => line.includes('do not bear it out')));
    });
  }

  it('that leads to this person is not followed', async () => {
    const parts = await pinned();
    const { sam, carol } = parts;
    sam.chat.succession([makeSuccession(key(carol), key(sam))]);
    assertUnharmed(parts);
  });

  it('withheld is followed all the same once the contact itself says it on a link', async () => {
    const { world, sam, carol } = await pinned();
    const next = await world.replaceIdentity(carol);
    world.answer = (identity) =>
      Promise.resolve(
        identity === next.identity
          ? { presence: { ...next.presence, name: 'Nobody' }, successions: [] }
          : null,
      );
    world.tell = (presence) => (presence.identity === next.identity ? null : presence);
    await next.goOnline();
    await next.write(sam, 'It is me.');
    await world.clock.advance(30_000);
    assert.equal(sam.conversation(next).at(-1), 'Carol: It is me.');
    assert.deepEqual(sam.lines(next.identity), ['identity-replaced']);
  });
});
