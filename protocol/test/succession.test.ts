import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { encodePublicKey, fingerprintOf, generateKeyPair, signStatement } from '../src/identity.ts';
import { MAX_SUCCESSIONS } from '../src/limits.ts';
import {
  makeSuccession,
  type Succession,
  succession,
  successions,
  successionStatement,
  verifySuccessions,
} from '../src/succession.ts';

const [first, second, third, stranger] = [
  generateKeyPair(),
  generateKeyPair(),
  generateKeyPair(),
  generateKeyPair(),
];
const identity = ({ publicKey }: typeof first): string => fingerprintOf(publicKey);
const one = makeSuccession(first, second);
const two = makeSuccession(second, third);

describe('a succession', () => {
  it('leads from an identity to the one that takes its place', () => {
    assert.deepEqual(verifySuccessions([one]), [identity(first), identity(second)]);
    assert.deepEqual(verifySuccessions([one, two]), [first, second, third].map(identity));
  });

  it('is what its schema says, and a chain of the longest length too', () => {
    assert.deepEqual(succession.parse(JSON.parse(JSON.stringify(one))), one);
    const keys = Array.from({ length: MAX_SUCCESSIONS + 1 }, generateKeyPair);
    const chain = keys.slice(1).map((next, at) => makeSuccession(keys[at] ?? stranger, next));
    assert.equal(verifySuccessions(successions.parse(chain)).length, MAX_SUCCESSIONS + 1);
    assert.ok(!successions.safeParse([...chain, one]).success);
  });

  const refused = (...chain: readonly Succession[]): void => assert.deepEqual(verifySuccessions(chain), []);

  it('needs the signature of the old identity: nobody else can hand it on', () => {
    const statement = successionStatement(identity(first), identity(second));
    refused({ ...one, signature: signStatement(stranger.privateKey, statement) });
    refused({ ...one, signature: one.acceptance });
  });

  it('needs the signature of the new identity: nobody makes a stranger their successor', () => {
    const statement = successionStatement(identity(first), identity(second));
    refused({ ...one, acceptance: signStatement(stranger.privateKey, statement) });
    refused({ ...one, acceptance: one.signature });
  });

  it('says who and to whom: its signatures serve no other pair, and not the way back', () => {
    refused({ ...one, to: encodePublicKey(third.publicKey), acceptance: two.acceptance });
    refused({ from: one.to, to: one.from, signature: one.acceptance, acceptance: one.signature });
  });

  it('is no signature for anything else', () => {
    const otherUse = `p2p-chat/register/1\n${identity(first)}\n${identity(second)}\n`;
    refused({ ...one, signature: signStatement(first.privateKey, otherUse) });
  });

  it('follows on the one before it, without a gap, in order', () => {
    refused(two, one);
    refused(one, makeSuccession(third, stranger));
    refused(one, one);
  });

  it('never comes back to an identity that was left', () => {
    refused(makeSuccession(first, first));
    refused(one, makeSuccession(second, first));
    refused(one, two, makeSuccession(third, second));
  });

  it('makes a whole chain void by one false link, wherever it stands', () => {
    const forged = { ...two, signature: signStatement(stranger.privateKey, 'x') };
    refused(one, forged);
    refused(forged, makeSuccession(third, stranger));
    refused(one, two, { ...makeSuccession(third, stranger), acceptance: one.acceptance });
  });

  it('leads nowhere when there is none', () => assert.deepEqual(verifySuccessions([]), []));

  it('is refused, without an exception, when a key or a signature is no such thing', () => {
    for (const junk of ['', 'AAAA', 'A'.repeat(124), '%%%', one.signature]) {
      for (const part of ['from', 'to', 'signature', 'acceptance'] as const) {
        if (one[part] !== junk) refused({ ...one, [part]: junk });
      }
    }
    fc.assert(
      fc.property(
        fc.constantFrom('from' as const, 'to' as const, 'signature' as const, 'acceptance' as const),
        fc.nat(),
        fc.integer({ min: 1, max: 255 }),
        (part, at, change) => {
          const bytes = Buffer.from(one[part], 'base64');
          const index = at % bytes.length;
          bytes.writeUInt8(bytes.readUInt8(index) ^ change, index);
          refused({ ...one, [part]: bytes.toString('base64') });
        },
      ),
    );
  });
});
