import assert from 'node:assert/strict';
import { createHmac, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import * as z from 'zod';
import { verifyChain } from '../src/certificates.ts';
import { makeDeviceCredentials } from '../src/device-credentials.ts';
import { originBinding, plainBinding, tlsBinding } from '../src/discovery.ts';
import { openIdentity } from '../src/identity-file.ts';
import { fingerprintOf, importPrivateKey, verifyStatement } from '../src/identity.ts';
import { formatInvite, parseInvite } from '../src/invite.ts';
import { MAX_SUCCESSIONS } from '../src/limits.ts';
import { nearbyFrame } from '../src/link.ts';
import { nameKey, userName } from '../src/names.ts';
import { NEARBY_ROTATION_MS, NEARBY_SERVICE, nearbyTexts, readNearby } from '../src/nearby.ts';
import { safetyNumber } from '../src/safety-number.ts';
import { succession, successionStatement, verifySuccessions } from '../src/succession.ts';
import { decodeJson } from '../src/text.ts';

const page = readFileSync(new URL('../../docs/protocol.md', import.meta.url), 'utf8');

/** The text of the fenced block with this name. */
function block(name: string): string {
  const text = new RegExp(`^\`\`\`\\w+ ${name}\\n(.*?)^\`\`\`$`, 'ms').exec(page)?.[1];
  assert.ok(text !== undefined, `docs/protocol.md has a block "${name}"`);
  return text;
}

const key = (name: string) => importPrivateKey(block(name));
const fingerprint = (name: string) => fingerprintOf(key(name).publicKey);

/** The certificates of a chain in PEM. */
function certificatesOf(chain: string): X509Certificate[] {
  return [...chain.matchAll(/-----BEGIN.*?-----END CERTIFICATE-----/gs)].map(
    ([pem]) => new X509Certificate(pem),
  );
}

/** What is signed of a certificate of 256 bytes to 64 KiB: all but the signature, which is another each time. */
function signedPart({ raw }: X509Certificate): string {
  assert.equal(raw.toString('hex', 4, 6), '3082');
  return raw.toString('hex', 4, 8 + raw.readUInt16BE(6));
}

/** One section, from its heading to the next. */
function section(heading: string): string {
  const [, rest] = page.split(`\n### ${heading}\n`);
  assert.ok(rest !== undefined, `docs/protocol.md has a section "${heading}"`);
  return rest.split(/\n#{2,3} /)[0] ?? '';
}

describe('docs/protocol.md', () => {
  it("gives the fingerprint of Sam's next identity", () => {
    assert.match(page, new RegExp(`Sam's next identity +\\| \`${fingerprint('sam-next-identity')}\``));
  });

  it('shows the keys of names as they are made', () => {
    const rows = [...section('Names').matchAll(/^\| `(\S+)` +\| `(\S+)` +\|$/gm)];
    assert.ok(rows.length > 5);
    for (const [, name = '', shown] of rows) {
      assert.ok(userName.safeParse(name).success, name);
      assert.equal(nameKey(name), shown, name);
    }
  });

  it('shows a succession with its statement, which holds', () => {
    const [old, next] = [fingerprint('sam-identity'), fingerprint('sam-next-identity')];
    const shown = block('succession-statement').trim().replaceAll('\\n', '\n');
    assert.equal(shown, successionStatement(old, next));
    const link = decodeJson(succession, block('succession'));
    assert.deepEqual(verifySuccessions([link]), [old, next]);
    assert.ok(verifyStatement(key('sam-identity').publicKey, shown, link.signature));
    assert.ok(verifyStatement(key('sam-next-identity').publicKey, shown, link.acceptance));
    assert.equal(MAX_SUCCESSIONS, 8);
    assert.match(section('Succession'), /at most eight/);
  });

  it('shows what is announced in a local network, with a tag that anybody can make who has the key', () => {
    const { key: shared } = decodeJson(nearbyFrame, block('nearby'));
    const heard = decodeJson(
      z.object({ instance: z.string(), port: z.int(), text: z.json() }),
      block('nearby-heard'),
    );
    const now = Date.UTC(2026, 0, 1);
    const { instance, port } = heard;
    const addresses = ['192.168.1.20', 'fd00::20'];
    assert.deepEqual(heard.text, nearbyTexts(shared, { instance, port, addresses }, now));
    const tag = createHmac('sha256', shared).update(block('nearby-said')).digest().subarray(0, 16);
    assert.equal(readNearby(heard, now)?.tag, tag.toString('base64url'));
    assert.ok(page.includes(`_${NEARBY_SERVICE}._tcp.local`));
    assert.ok(page.includes(`another every ${NEARBY_ROTATION_MS / 60_000} minutes`));
  });

  it("shows the chain of Sam's device as it is made and read", async () => {
    const shown = certificatesOf(block('sam-chain'));
    assert.deepEqual(verifyChain(shown, Date.UTC(2026, 0, 1)), {
      identity: fingerprint('sam-identity'),
      device: fingerprint('sam-device'),
    });
    const { chain } = await makeDeviceCredentials(key('sam-identity'), key('sam-device'));
    assert.deepEqual(shown.map(signedPart), certificatesOf(chain).map(signedPart));
  });

  it('shows a binding of each kind, to the server of the invite', () => {
    const { server, key: serverKey = '' } = parseInvite(block('invite').trim().replace(/^.*\?/, ''));
    const made = [plainBinding(8_000), tlsBinding(serverKey), originBinding(server)];
    assert.equal(block('bindings').trim(), made.join('\n'));
  });

  it("shows Sam's and Carol's safety number", () => {
    const digits = block('safety-number').trim();
    assert.match(digits, /^(\d{5} ){11}\d{5}$/);
    assert.equal(
      safetyNumber(fingerprint('sam-identity'), fingerprint('carol-identity')),
      digits.replaceAll(' ', ''),
    );
  });

  it('shows an invite as it is written and read', () => {
    const link = block('invite').trim();
    const [where, query = ''] = link.split('?');
    assert.equal(where, 'vscode://p2p-chat.p2p-chat/join');
    const invite = parseInvite(query);
    assert.equal(formatInvite(invite), query);
    assert.equal(invite.identity, fingerprint('sam-identity'));
    assert.equal(invite.code, 'Tea & biscuits');
    assert.ok(section('Invite').includes(`\`${invite.code}\``));
  });

  it('shows an identity file that its passphrase opens', async () => {
    const file = block('identity-file');
    const { publicKey } = await openIdentity(file, 'correct horse battery staple');
    assert.equal(fingerprintOf(publicKey), fingerprint('sam-identity'));
    assert.ok(file.startsWith(`P2P Chat identity ${fingerprint('sam-identity')}\n`));
  });
});
