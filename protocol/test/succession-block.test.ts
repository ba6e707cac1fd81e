import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createPublicKey } from 'node:crypto';
import { before, describe, it } from 'node:test';
import { openIdentity, sealIdentity } from '../src/identity-file.ts';
import { fingerprintOf, generateKeyPair, type KeyPair } from '../src/identity.ts';
import { MAX_SUCCESSIONS } from '../src/limits.ts';
import { formatSuccessions, readSuccessions } from '../src/succession-block.ts';
import { makeSuccession, type Succession } from '../src/succession.ts';

const PASSPHRASE = 'correct horse battery staple';
const BEGIN = '-----BEGIN P2P CHAT SUCCESSIONS-----\n';
const END = '-----END P2P CHAT SUCCESSIONS-----\n';

/** The block with these bytes in it. */
const blockOf = (content: string): string => `${BEGIN}${Buffer.from(content).toString('base64')}\n${END}`;

const [first, second, identity] = [generateKeyPair(), generateKeyPair(), generateKeyPair()];
const chain = [makeSuccession(first, second), makeSuccession(second, identity)];

function opensslMissing(): string | false {
  try {
    const version = execFileSync('openssl', ['version'], { encoding: 'utf8' });
    return version.startsWith('OpenSSL ')
      ? false
      : `openssl here is ${version.trim()}, which has other options`;
  } catch {
    return 'there is no openssl command here';
  }
}

describe('the statements in the file of an identity that followed on others', () => {
  let file: string;
  before(async () => {
    file = (await sealIdentity(identity, PASSPHRASE)) + formatSuccessions(chain);
  });

  it('come with it to another machine', async () => {
    const opened = await openIdentity(file, PASSPHRASE);
    assert.equal(fingerprintOf(opened.publicKey), fingerprintOf(identity.publicKey));
    assert.deepEqual(readSuccessions(file, opened), chain);
  });

  it('are passed over by the openssl command', { skip: opensslMissing() }, () => {
    const plain = execFileSync('openssl', ['pkcs8', '-passin', `pass:${PASSPHRASE}`], {
      input: file,
      encoding: 'utf8',
    });
    assert.equal(fingerprintOf(createPublicKey(plain)), fingerprintOf(identity.publicKey));
  });

  it('survive what mail and editors do to a file, and stand before the key too', () => {
    const lines = `Hello Sam,\r\n${file.replaceAll('\n', '\r\n')}\r\nBye\r\n`;
    assert.deepEqual(readSuccessions(lines, identity), chain);
    assert.deepEqual(readSuccessions(`${formatSuccessions(chain)}${file.split(BEGIN)[0]}`, identity), chain);
  });

  it('are short lines, and as many as an identity may have', () => {
    const keys: KeyPair[] = [generateKeyPair()];
    const long: Succession[] = [];
    for (let i = 0; i < MAX_SUCCESSIONS; i++) {
      const [from, to] = [keys[i] ?? identity, generateKeyPair()];
      keys.push(to);
      long.push(makeSuccession(from, to));
    }
    const block = formatSuccessions(long);
    assert.ok(block.split('\n').every((line) => line.length <= 64));
    assert.deepEqual(readSuccessions(block, keys.at(-1) ?? identity), long);
  });

  it('are no block at all where there are none', () => {
    assert.equal(formatSuccessions([]), '');
    assert.deepEqual(readSuccessions('P2P Chat identity\n', identity), []);
  });

  it('are left out when they are forged, incomplete, about another identity or no statements', () => {
    const stolen = [makeSuccession(generateKeyPair(), second), ...chain.slice(1)].map((each, i) =>
      i === 0 ? { ...each, from: chain[0]?.from ?? '' } : each,
    );
    assert.deepEqual(readSuccessions(formatSuccessions(stolen), identity), []);
    assert.deepEqual(readSuccessions(formatSuccessions(chain.slice(0, 1)), identity), []);
    assert.deepEqual(readSuccessions(formatSuccessions(chain), second), []);
    assert.deepEqual(readSuccessions(formatSuccessions(chain.toReversed()), identity), []);
    for (const content of ['', 'rubbish', '{}', '[{}]', '[]', ' '.repeat(100_000)]) {
      assert.deepEqual(readSuccessions(blockOf(content), identity), [], content.slice(0, 10));
    }
    const block = formatSuccessions(chain);
    for (let length = 0; length < block.length - END.length; length += 31) {
      assert.deepEqual(readSuccessions(block.slice(0, length), identity), []);
    }
  });
});
