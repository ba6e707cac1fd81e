import 'reflect-metadata';
import assert from 'node:assert/strict';
import { generateKeyPairSync, X509Certificate } from 'node:crypto';
import { describe, it } from 'node:test';
import { CertificateError, verifyChain } from '../src/certificates.ts';
import { makeDeviceCredentials } from '../src/device-credentials.ts';
import {
  decodePublicKey,
  encodePublicKey,
  exportPrivateKey,
  fingerprintOf,
  generateKeyPair,
  importPrivateKey,
  publicKeyPem,
  signStatement,
  verifyStatement,
} from '../src/identity.ts';

const NOW = Date.UTC(2026, 0, 1);

async function chainOf(identity = generateKeyPair(), device = generateKeyPair()): Promise<X509Certificate[]> {
  const { chain } = await makeDeviceCredentials(identity, device);
  return chain
    .split(/(?=-----BEGIN)/)
    .filter((part) => part.startsWith('-----BEGIN'))
    .map((pem) => new X509Certificate(pem));
}

describe('a device under its identity', () => {
  it('is recognised by both fingerprints', async () => {
    const [identity, device] = [generateKeyPair(), generateKeyPair()];
    assert.deepEqual(verifyChain(await chainOf(identity, device), NOW), {
      identity: fingerprintOf(identity.publicKey),
      device: fingerprintOf(device.publicKey),
    });
  });

  it('names nobody', async () => {
    for (const { subject, subjectAltName } of await chainOf()) {
      assert.match(subject, /^CN=P2P Chat (device|identity)$/);
      assert.equal(subjectAltName, undefined);
    }
  });
});

describe('a chain is refused', () => {
  const refused = (chain: X509Certificate[], why: RegExp, now = NOW): void => {
    assert.throws(
      () => verifyChain(chain, now),
      (error) => error instanceof CertificateError && why.test(error.message),
    );
  };

  it('when it is not exactly two certificates', async () => {
    const chain = await chainOf();
    for (const wrong of [[], chain.slice(0, 1), [...chain, ...chain.slice(1)]])
      refused(wrong, /not a device/);
  });

  it("when the device is another identity's", async () => {
    const [leaf] = await chainOf();
    const [, issuer] = await chainOf();
    assert.ok(leaf && issuer);
    refused([leaf, issuer], /not signed by the identity/);
  });

  it('when it stands the wrong way round', async () => {
    refused((await chainOf()).reverse(), /may not sign others/);
  });

  it('when the identity stands in for a device', async () => {
    const [, issuer] = await chainOf();
    assert.ok(issuer);
    refused([issuer, issuer], /signs others/);
  });

  it('when the device uses the identity key', async () => {
    const identity = generateKeyPair();
    refused(await chainOf(identity, identity), /uses the identity key/);
  });

  it('before it is valid', async () => {
    refused(await chainOf(), /not valid at this time/, Date.UTC(2019, 0, 1));
  });

  it('when it says no time that can be read', async () => {
    for (const name of ['validFrom', 'validTo']) {
      const chain = await chainOf();
      // What Node makes of a date that is none.
      for (const certificate of chain) Object.defineProperty(certificate, name, { value: 'Bad time value' });
      refused(chain, /not valid at this time/);
    }
  });
});

describe('a key', () => {
  it('survives its way into a secret store and back', () => {
    const pair = generateKeyPair();
    const back = importPrivateKey(exportPrivateKey(pair));
    assert.equal(fingerprintOf(back.publicKey), fingerprintOf(pair.publicKey));
  });

  it('verifies its own statements and no others', () => {
    const pair = generateKeyPair();
    const signature = signStatement(pair.privateKey, 'one\n');
    assert.equal(verifyStatement(pair.publicKey, 'one\n', signature), true);
    assert.equal(verifyStatement(pair.publicKey, 'two\n', signature), false);
    assert.equal(verifyStatement(generateKeyPair().publicKey, 'one\n', signature), false);
    assert.equal(verifyStatement(pair.publicKey, 'one\n', 'AAAA'), false);
  });

  it('is read from its one encoding', () => {
    const { publicKey } = generateKeyPair();
    const text = encodePublicKey(publicKey);
    assert.equal(fingerprintOf(decodePublicKey(text)), fingerprintOf(publicKey));
    assert.equal(publicKeyPem(text), publicKey.export({ type: 'spki', format: 'pem' }));
    const other = generateKeyPairSync('ec', { namedCurve: 'secp256k1' }).publicKey;
    for (const wrong of [
      'AAAA',
      `${text}\n`,
      `${text.slice(0, 64)}\n${text.slice(64)}`,
      `${text}\n-----END PUBLIC KEY-----`,
      text.slice(0, -4),
      text.replace(/.==$/, '='),
      encodePublicKey(other),
      generateKeyPairSync('ed25519').publicKey.export({ type: 'spki', format: 'der' }).toString('base64'),
    ]) {
      assert.throws(() => decodePublicKey(wrong), TypeError, wrong);
      assert.throws(() => publicKeyPem(wrong), TypeError, wrong);
    }
    const offTheCurve = Buffer.from(text, 'base64');
    offTheCurve[40] = (offTheCurve[40] ?? 0) ^ 1;
    assert.throws(() => decodePublicKey(offTheCurve.toString('base64')), TypeError);
  });

  it('is P-256 or nothing', () => {
    assert.throws(() => decodePublicKey('AAAA'), TypeError);
    assert.throws(() => importPrivateKey('not a key'));
  });
});
