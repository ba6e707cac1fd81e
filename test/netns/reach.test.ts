import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { eventually } from '../../scripts/lib/wait.ts';
import type { Answers } from './messages.ts';
import { type Inside, Namespaces, SERVER_ADDRESS, whyNoNamespaces } from './namespaces.ts';

/** How long anything may take, milliseconds. */
const PATIENCE_MS = 25_000;

describe('two peers behind routers with firewalls and NAT', { skip: whyNoNamespaces() }, () => {
  it('fail over from dialling to a call back to the relay and come back, each amid a thousand messages', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'p2p-chat-netns-'));
    const between = new Namespaces();
    try {
      const server = await between
        .start('router')
        .ask({ ask: 'serve', host: '0.0.0.0', folder: join(folder, 'server') });
      const peers = { Sam: between.start('sam'), Carol: between.start('carol') };
      for (const name of ['Sam', 'Carol'] as const) {
        await peers[name].ask({
          ask: 'go-online',
          name,
          server: `https://${SERVER_ADDRESS}:8000`,
          serverKey: server.serverKey,
          folder: mkdtempSync(join(folder, name)),
        });
      }
      await peers.Sam.ask({ ask: 'open', name: 'Carol' });
      await peers.Carol.ask({ ask: 'open', name: 'Sam' });
      const texts = { Sam: new Array<string>(), Carol: new Array<string>() };
      const look = async (name: 'Sam' | 'Carol'): Promise<Answers['look']> =>
        peers[name].ask({ ask: 'look', name: other(name) });
      let seen: Answers['look'] | null = null;
      let last: Answers['look'] | null = null;
      const until = (what: string, is: (sams: Answers['look']) => boolean): Promise<true> =>
        eventually(
          what,
          async () => {
            seen = await look('Sam');
            return is(seen);
          },
          {
            timeout: PATIENCE_MS,
            details: () => JSON.stringify({ ...seen, received: seen?.received.length }, null, 1),
          },
        );
      /** A thousand messages each way, and in the middle the router takes other rules. */
      const thousand = async (change: Parameters<Namespaces['allow']>[0]): Promise<void> => {
        for (let part = 0; part < 10; part += 1) {
          const writing = (['Sam', 'Carol'] as const).map((name) => write(peers[name], name, texts[name]));
          if (part === 4) between.allow(change);
          await Promise.all(writing);
        }
      };

      await until('the two are linked', ({ path }) => path === 'direct');
      // Nobody but Sam dials, then nobody but Carol, then nobody, then both again.
      await thousand({ sam: true, carol: false });
      await until('Sam dials', ({ path, dialled }) => path === 'direct' && dialled);
      await thousand({ sam: false, carol: true });
      await until('Carol dials', ({ path, dialled }) => path === 'direct' && !dialled);
      await thousand({ sam: false, carol: false });
      await until('the relay carries it', ({ path }) => path === 'relayed');
      await thousand({ sam: true, carol: true });
      await until('it is direct again', ({ path }) => path === 'direct');

      await until('nothing waits', ({ undelivered }) => undelivered === 0);
      for (const name of ['Sam', 'Carol'] as const) {
        await eventually(
          `all of ${other(name)}'s is there`,
          async () => {
            last = await look(name);
            return last.received.length >= texts[other(name)].length;
          },
          {
            timeout: PATIENCE_MS,
            details: () => JSON.stringify({ ...last, received: last?.received.length }),
          },
        );
        assert.deepEqual((await look(name)).received, texts[other(name)]);
      }
    } finally {
      await between.remove();
      rmSync(folder, { recursive: true, force: true });
    }
  });
});

function other(name: 'Sam' | 'Carol'): 'Sam' | 'Carol' {
  return name === 'Sam' ? 'Carol' : 'Sam';
}

/** A hundred more messages. */
async function write(peer: Inside, name: 'Sam' | 'Carol', texts: string[]): Promise<void> {
  const more = Array.from({ length: 100 }, (_, index) => `${name} ${texts.length + index}`);
  texts.push(...more);
  await peer.ask({ ask: 'write', name: other(name), texts: more });
}
