import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createPrivateKey, createPublicKey, generateKeyPairSync } from 'node:crypto';
import { before, describe, it } from 'node:test';
import fc from 'fast-check';
import {
  IdentityFileError,
  type IdentityFileProblem,
  openIdentity,
  sealIdentity,
} from '../src/identity-file.ts';
import { exportPrivateKey, fingerprintOf, generateKeyPair } from '../src/identity.ts';

const PASSPHRASE = 'correct horse battery staple';
const identity = generateKeyPair();
const fingerprint = fingerprintOf(identity.publicKey);

/** Text of a file that a program with other habits made: few iterations, so that many of them can be opened. */
const foreign = (key = identity.privateKey, cipher = 'aes-256-cbc'): string =>
  key.export({ type: 'pkcs8', format: 'pem', cipher, passphrase: PASSPHRASE }).toString();

const opens = async (text: string, passphrase = PASSPHRASE): Promise<void> => {
  const { privateKey, publicKey } = await openIdentity(text, passphrase);
  assert.equal(fingerprintOf(publicKey), fingerprint);
  assert.equal(fingerprintOf(createPublicKey(privateKey)), fingerprint);
};

const refused = (text: string, code: IdentityFileProblem, passphrase = PASSPHRASE): Promise<void> =>
  assert.rejects(
    () => openIdentity(text, passphrase),
    (error) => {
      assert.ok(error instanceof IdentityFileError);
      assert.equal(error.code, code);
      assert.match(error.message, /^[A-Z].+\.$/);
      return true;
    },
  );

const openssl = (...args: readonly string[]) => ({
  on: (input: string): string =>
    execFileSync('openssl', args, { input, encoding: 'utf8', stdio: ['pipe', 'pipe', 'ignore'] }),
});

function opensslMissing(): string | false {
  try {
    const version = openssl('version').on('');
    return version.startsWith('OpenSSL ')
      ? false
      : `openssl here is ${version.trim()}, which has other options`;
  } catch {
    return 'there is no openssl command here';
  }
}

/** The same file with other bytes in its container. */
function altered(text: string, change: (der: Buffer) => Uint8Array): string {
  const [begin, end] = ['-----BEGIN ENCRYPTED PRIVATE KEY-----\n', '-----END'];
  const [from, to] = [text.indexOf(begin) + begin.length, text.indexOf(end)];
  const der = Buffer.from(text.slice(from, to), 'base64');
  return `${text.slice(0, from)}${Buffer.from(change(der)).toString('base64')}\n${text.slice(to)}`;
}

describe('an identity under a passphrase', () => {
  let sealed: string;
  before(async () => {
    sealed = await sealIdentity(identity, PASSPHRASE);
  });

  it('is opened with that passphrase, and is the same identity', () => opens(sealed));

  it('is a standard container: PKCS#8 with PBES2 of 600,000 rounds of PBKDF2-HMAC-SHA-256 and AES-256-CBC', () => {
    const key = createPrivateKey({ key: sealed, passphrase: PASSPHRASE });
    assert.equal(fingerprintOf(createPublicKey(key)), fingerprint);
    const hex = Buffer.from(/KEY-----\n(.*)-----END/s.exec(sealed)?.[1] ?? '', 'base64').toString('hex');
    for (const part of [
      '2a864886f70d01050d', // PBES2
      '2a864886f70d01050c', // PBKDF2
      '2a864886f70d0209', // HMAC with SHA-256
      '60864801650304012a', // AES-256-CBC
      '0203' + (600_000).toString(16).padStart(6, '0'),
    ]) {
      assert.ok(hex.includes(part), part);
    }
  });

  it('says in the clear whose it is, and has nothing of the key or the passphrase', () => {
    const [first, ...rest] = sealed.split('\n');
    assert.equal(first, `P2P Chat identity ${fingerprint}`);
    assert.ok(rest.every((line) => line.length <= 64));
    const secret = identity.privateKey.export({ format: 'jwk' }).d ?? '';
    const all = Buffer.concat([
      Buffer.from(sealed),
      Buffer.from(/KEY-----\n(.*)-----END/s.exec(sealed)?.[1] ?? '', 'base64'),
    ]);
    assert.ok(!all.includes(Buffer.from(secret, 'base64url')));
    assert.ok(!all.includes(PASSPHRASE));
  });

  it('is sealed with another salt each time', async () => {
    assert.notEqual(await sealIdentity(identity, PASSPHRASE), sealed);
  });

  it('leaves the thread free while the passphrase is worked on', async () => {
    let turns = 0;
    const timer = setInterval(() => (turns += 1), 1);
    await opens(sealed);
    clearInterval(timer);
    assert.ok(turns > 5, String(turns));
  });

  it('takes a passphrase in any Unicode normalisation', async () => {
    await opens(await sealIdentity(identity, 'café'.normalize('NFD')), 'café'.normalize('NFC'));
  });

  it('is not sealed without a passphrase', async () => {
    await assert.rejects(() => sealIdentity(identity, ''), RangeError);
  });

  it('survives what mail and editors do to a file', () =>
    opens(`Hello Sam,\r\nhere it is:\r\n\r\n${sealed.replaceAll('\n', '\r\n')}\r\nBye\r\n`));

  it('is refused with another passphrase', () => refused(sealed, 'wrong-passphrase', 'correct horse'));

  it('is refused when a part of it is missing, wherever it was cut', async () => {
    const text = foreign();
    for (let length = 0; length < text.length - 2; length += 7) {
      await refused(text.slice(0, length), 'not-an-identity');
    }
    await refused(
      altered(text, (der) => der.subarray(0, -5)),
      'not-an-identity',
    );
  });
});

describe('the openssl command', { skip: opensslMissing() }, () => {
  it('opens an identity that was sealed here', async () => {
    const plain = openssl('pkcs8', '-passin', `pass:${PASSPHRASE}`).on(
      await sealIdentity(identity, PASSPHRASE),
    );
    assert.equal(fingerprintOf(createPublicKey(plain)), fingerprint);
  });

  it('seals an identity that is opened here, by whichever supported cipher, hash and number of rounds', async () => {
    for (const how of [
      ['-v2', 'aes-256-cbc', '-iter', '600000'],
      ['-v2', 'aes-256-cbc'],
      ['-v2', 'aes-128-cbc', '-iter', '1'],
      ['-v2', 'aes-256-cbc', '-v2prf', 'hmacWithSHA1'],
    ]) {
      await opens(
        openssl('pkcs8', '-topk8', ...how, '-passout', `pass:${PASSPHRASE}`).on(exportPrivateKey(identity)),
      );
    }
  });

  it('seals in other ways too, which are refused with what to do', async () => {
    for (const how of [
      ['-v2', 'aes-256-cbc', '-v2prf', 'hmacWithSHA512'],
      ['-v2', 'des3'],
      ['-v2', 'aes-192-cbc'],
      ['-scrypt'],
      ['-v1', 'PBE-SHA1-3DES'],
    ]) {
      await refused(
        openssl('pkcs8', '-topk8', ...how, '-passout', `pass:${PASSPHRASE}`).on(exportPrivateKey(identity)),
        'unsupported',
      );
    }
  });
});

describe('a file that somebody calls an identity', () => {
  it('may have been made by another program', () => opens(foreign()));

  it('is refused when it holds another kind of key', async () => {
    for (const { privateKey } of [
      generateKeyPairSync('ec', { namedCurve: 'secp384r1' }),
      generateKeyPairSync('ed25519'),
      generateKeyPairSync('x25519'),
      generateKeyPairSync('rsa', { modulusLength: 2048 }),
    ]) {
      await refused(foreign(privateKey), 'not-an-identity');
    }
  });

  it('is refused when it is something else altogether', async () => {
    const publicKey = identity.publicKey.export({ type: 'spki', format: 'pem' }).toString();
    for (const text of ['', 'hello', publicKey, '\0'.repeat(100_000), `${foreign()}${' '.repeat(70_000)}`]) {
      await refused(text, 'not-an-identity');
    }
  });

  it('is refused when its key is not encrypted, or in the old way of OpenSSL', async () => {
    await refused(exportPrivateKey(identity), 'unsupported');
    const old = { format: 'pem', cipher: 'aes-256-cbc', passphrase: PASSPHRASE } as const;
    await refused(identity.privateKey.export({ type: 'sec1', ...old }).toString(), 'unsupported');
  });

  it('is refused at once when it asks for more rounds than anybody waits for, or for none', async () => {
    const sealed = await sealIdentity(identity, PASSPHRASE);
    /** The same file with this number of rounds, a DER integer; the salt gives up what bytes it needs more. */
    const withRounds = (number: string): string =>
      altered(sealed, (der) => {
        const salt = 16 - (number.length / 2 - 3);
        const [before, kept, after] = der.toString('hex').split(/0410([0-9a-f]{32})02030927c0/);
        assert.ok(kept !== undefined && after !== undefined, 'the file has what the test changes');
        const byte = (value: number): string => value.toString(16).padStart(2, '0');
        const changed = `04${byte(salt)}${kept.slice(0, 2 * salt)}02${byte(number.length / 2)}${number}`;
        return Buffer.from(`${String(before)}${changed}${after}`, 'hex');
      });
    await refused(withRounds('000003'), 'wrong-passphrase');
    for (const number of ['000000', 'ffffff', '00989681', '7fffffff', '7fffffffffffffff', '00'.repeat(15)]) {
      await refused(withRounds(number), 'unsupported');
    }
  });

  it('is an identity or an IdentityFileError, whatever was done to it', async () => {
    const text = foreign();
    await fc.assert(
      fc.asyncProperty(
        fc.nat(),
        fc.integer({ min: 1, max: 255 }),
        fc.boolean(),
        async (at, change, inText) => {
          const flip = (bytes: Buffer): Buffer => {
            const index = at % bytes.length;
            bytes.writeUInt8(bytes.readUInt8(index) ^ change, index);
            return bytes;
          };
          const mutated = inText ? flip(Buffer.from(text)).toString('latin1') : altered(text, flip);
          try {
            await opens(mutated);
          } catch (error) {
            assert.ok(error instanceof IdentityFileError, String(error));
          }
        },
      ),
      { numRuns: 300 },
    );
  });
});
