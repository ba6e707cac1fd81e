import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { DiscoveryError } from '../../src/net/server-address.ts';
import { type AcceptedKey, decideTrust, grouped, type KnownServer } from '../../src/net/server-trust.ts';

const origin = 'https://chat.example.com';
const [first, second] = ['ab'.repeat(32), 'cd'.repeat(32)];

function decide(facts: {
  key?: string;
  authority?: boolean;
  known?: KnownServer;
  accepted?: AcceptedKey;
}): KnownServer {
  const { key = first, authority = false, known = null, accepted = null } = facts;
  return decideTrust({ origin, shown: { key, authority }, known, accepted });
}

function refused(facts: Parameters<typeof decide>[0]): DiscoveryError {
  try {
    decide(facts);
  } catch (error) {
    assert.ok(error instanceof DiscoveryError);
    return error;
  }
  return assert.fail('it was trusted');
}

describe('a server that an authority bears out', () => {
  it('is taken at first, and from then on', () => {
    assert.deepEqual(decide({ authority: true }), { by: 'authority', seen: first });
    const known = { by: 'authority', seen: second } as const;
    assert.deepEqual(decide({ authority: true, known }), { by: 'authority', seen: first });
  });

  it('does not take the place of one whose key was accepted, until the person says so', () => {
    const known = { by: 'person', key: second } as const;
    assert.equal(refused({ authority: true, known }).code, 'server-changed');
    assert.equal(
      refused({ authority: true, accepted: { by: 'invite', key: second } }).code,
      'server-changed',
    );
    const accepted = { key: first, by: 'person' } as const;
    assert.deepEqual(decide({ authority: true, known, accepted }), { by: 'authority', seen: first });
  });

  it('is another one once no authority bears it out, with both fingerprints, until the person says that it is not', () => {
    const known = { by: 'authority', seen: second } as const;
    for (const accepted of [
      undefined,
      { key: first, by: 'invite' },
      { key: second, by: 'person' },
    ] as const) {
      const error = refused(accepted === undefined ? { known } : { known, accepted });
      assert.deepEqual([error.code, error.serverKey], ['server-changed', first]);
      assert.ok(error.message.includes(`Shown before: ${grouped(second)}. Shown now: ${grouped(first)}.`));
    }
    const accepted = { key: first, by: 'person' } as const;
    assert.deepEqual(decide({ known, accepted }), accepted);
  });
});

describe('a server that no authority bears out', () => {
  it('is for the person to accept at first, by the fingerprint that it shows', () => {
    const error = refused({});
    assert.deepEqual([error.code, error.serverKey], ['server-unknown', first]);
    assert.ok(error.message.includes('abab abab abab'));
    assert.ok(error.message.includes(origin));
  });

  it('is pinned as the person or an invite says', () => {
    for (const by of ['person', 'invite'] as const) {
      assert.deepEqual(decide({ accepted: { key: first, by } }), { key: first, by });
    }
  });

  it('is taken as long as it shows the pinned key', () => {
    for (const by of ['person', 'invite'] as const) {
      const known = { by, key: first };
      assert.deepEqual(decide({ known }), known);
      assert.deepEqual(decide({ known, accepted: { key: second, by: 'person' } }), known);
    }
  });

  it('gains by an invite with the same key, and loses nothing by a person who accepts it', () => {
    const invited = { by: 'invite', key: first } as const;
    assert.deepEqual(decide({ known: { by: 'person', key: first }, accepted: invited }), invited);
    assert.deepEqual(decide({ known: invited, accepted: { by: 'person', key: first } }), invited);
  });

  it('is refused with another key, with both fingerprints', () => {
    const error = refused({ known: { by: 'person', key: second } });
    assert.deepEqual([error.code, error.serverKey], ['server-changed', first]);
    assert.ok(error.message.includes(`Accepted: ${grouped(second)}. Shown now: ${grouped(first)}.`));
  });

  it('is another one than an invite tells of, with both fingerprints, however well it is known', () => {
    const accepted = { key: second, by: 'invite' } as const;
    for (const facts of [
      { known: { by: 'person', key: first } },
      { known: { by: 'invite', key: first } },
      { known: { by: 'authority', seen: first }, authority: true },
      { authority: true },
      {},
    ] as const) {
      const error = refused({ ...facts, accepted });
      assert.deepEqual([error.code, error.serverKey], ['server-changed', first]);
      assert.ok(error.message.includes(`In the invite: ${grouped(second)}. Shown now: ${grouped(first)}.`));
    }
  });

  it('gets another key only by the person, never by an invite', () => {
    const known = { by: 'invite', key: second } as const;
    assert.equal(refused({ known, accepted: { key: first, by: 'invite' } }).code, 'server-changed');
    assert.deepEqual(decide({ known, accepted: { key: first, by: 'person' } }), { key: first, by: 'person' });
  });

  it('is not the one that was accepted when it shows another key at first, with both fingerprints', () => {
    for (const by of ['person', 'invite'] as const) {
      const error = refused({ accepted: { key: second, by } });
      assert.deepEqual([error.code, error.serverKey], ['server-changed', first]);
      assert.ok(error.message.includes(grouped(first)) && error.message.includes(grouped(second)));
    }
  });
});
