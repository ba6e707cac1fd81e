import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { hostname, tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { exportPrivateKey, generateKeyPair } from '@p2p-chat/protocol/identity';
import { poisonousPackets } from '../../extension/test/support/multicast-packets.ts';
import { eventually } from '../../scripts/lib/wait.ts';
import { Bridge, SERVER_ADDRESS } from './bridge.ts';
import type { Answers } from './messages.ts';
import { whyNoNamespaces, type Inside } from './namespaces.ts';

/** How long anything may take, milliseconds. */
const PATIENCE_MS = 20_000;

const LABEL = Buffer.from('_p2p-chat').toString('hex');
const PEOPLE = ['Sam', 'Carol'] as const;
const machine = { Sam: 'sam', Carol: 'carol' } as const;

describe('contacts on one bridge, without a server', { skip: whyNoNamespaces() }, () => {
  it('find each other by multicast DNS, deliver, and tell the third on it nothing of themselves', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'p2p-chat-lan-'));
    const lan = new Bridge();
    try {
      const serverProcess = lan.start('bridge');
      const eve = lan.start('eve');
      await eve.ask({ ask: 'eavesdrop' });
      const { serverKey } = await serverProcess.ask({
        ask: 'serve',
        host: '0.0.0.0',
        folder: join(folder, 'server'),
      });
      const key = (): string => exportPrivateKey(generateKeyPair());
      const keys = {
        Sam: { identityKey: key(), deviceKey: key() },
        Carol: { identityKey: key(), deviceKey: key() },
      };
      const folders = { Sam: mkdtempSync(join(folder, 'a')), Carol: mkdtempSync(join(folder, 'b')) };
      const goOnline = async (localDiscovery: boolean) => {
        const started = { Sam: lan.start('sam'), Carol: lan.start('carol') };
        const going = PEOPLE.map((name) =>
          started[name].ask({
            ask: 'go-online',
            name,
            server: `https://${SERVER_ADDRESS}:8000`,
            serverKey,
            folder: folders[name],
            keys: keys[name],
            localDiscovery,
          }),
        );
        return { ...started, told: await Promise.all(going) };
      };
      let last: Answers['look'] | null = null;
      const until = (what: string, who: Inside, of: string, is: (seen: Answers['look']) => boolean) =>
        eventually(
          what,
          async () => {
            last = await who.ask({ ask: 'look', name: of });
            return is(last);
          },
          { timeout: PATIENCE_MS, details: () => JSON.stringify(last, null, 1) },
        );
      const spoken = async (): Promise<Answers['overheard']> =>
        (await eve.ask({ ask: 'overheard' })).filter(({ hex }) => hex.includes(LABEL));

      // They become contacts by the server, and do not want to be found in the local network.
      const first = await goOnline(false);
      await Promise.all([
        first.Sam.ask({ ask: 'open', name: 'Carol' }),
        first.Carol.ask({ ask: 'open', name: 'Sam' }),
      ]);
      await first.Sam.ask({ ask: 'write', name: 'Carol', texts: ['hello'] });
      await until('they are linked', first.Carol, 'Sam', ({ received }) => received.length === 1);
      await until('Sam has the receipt', first.Sam, 'Carol', ({ undelivered }) => undelivered === 0);
      assert.deepEqual(await spoken(), []);

      // The server is gone, and so is everybody from where they were.
      await Promise.all([first.Sam, first.Carol, serverProcess].map((each) => each.kill()));
      lan.move('sam', 12);
      lan.move('carol', 13);
      const second = await goOnline(true);
      assert.deepEqual(
        second.told.map(({ reached }) => reached),
        [false, false],
      );
      // Amid what somebody in the network says to harm them.
      const shouting = eve.ask({ ask: 'shout', packets: poisonousPackets(), times: 100 });
      await second.Sam.ask({ ask: 'write', name: 'Carol', texts: ['no server', 'any more'] });
      await until('Carol has it', second.Carol, 'Sam', ({ received }) => received.length === 2);
      await second.Carol.ask({ ask: 'write', name: 'Sam', texts: ['who needs one?'] });
      await until('Sam has the answer', second.Sam, 'Carol', ({ received }) => received.length === 1);
      await shouting;

      const telling = [
        ...PEOPLE,
        ...PEOPLE.map((name) => machine[name]),
        hostname(),
        userInfo().username,
        ...second.told.flatMap(({ identity, device }) => [identity, device]),
        ...second.told.flatMap(({ identity, device }) => [identity.slice(0, 16), device.slice(0, 16)]),
      ];
      const announced = (await spoken()).filter(({ from }) => from === '10.92.0.12' || from === '10.92.0.13');
      assert.equal(new Set(announced.map(({ from }) => from)).size, 2, 'both announced themselves');
      for (const { hex } of announced) {
        const text = Buffer.from(hex, 'hex').toString('latin1').toLowerCase();
        for (const word of telling) assert.ok(!says(text, word.toLowerCase()), `"${word}" in ${text}`);
        // Nor the fingerprints as bytes.
        for (const { identity, device } of second.told) {
          assert.ok(!hex.includes(identity.slice(0, 16)) && !hex.includes(device.slice(0, 16)));
        }
      }
    } finally {
      await lan.remove();
      rmSync(folder, { recursive: true, force: true });
    }
  });
});

/** Whether a text has this word in it. A short one is part of what is random now and then: it counts by itself alone. */
function says(text: string, word: string): boolean {
  if (word.length > 5) return text.includes(word);
  return text.split(/[^a-z0-9_-]/).includes(word);
}
