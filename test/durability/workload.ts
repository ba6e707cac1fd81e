import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { pathToFileURL } from 'node:url';
import { pino } from 'pino';
import type { Envelope } from '@p2p-chat/protocol/envelope';
import { exportPrivateKey, generateKeyPair } from '@p2p-chat/protocol/identity';
import { startDiscoveryServer } from '../../discovery-server/src/server.ts';
import { createPeerService } from '../../extension/src/peer/service.ts';
import { openHistory } from '../../extension/src/storage/history.ts';
import { reachOwner } from '../../extension/src/windows/greet.ts';
import { newMessageId } from '../../extension/test/support/envelopes.ts';
import { TestWindow } from '../../extension/test/support/window.ts';
import { MUTANT, type MutantName } from './mutants.ts';
import { type Call, readTrace, straceArguments, TRACEABLE } from './trace.ts';

/** What happened, and what a trace of it has. */
export interface Recording {
  readonly calls: readonly Call[];
  /** Folders of the traced peer. */
  readonly globalStorage: string;
  readonly workspace: string;
  /** Whose messages are in the traced peer's outbox. */
  readonly author: string;
  /** What the traced peer was asked to send, with its folder. */
  readonly sent: readonly { readonly id: string; readonly folder: string }[];
  /** What the other peer sent to it. */
  readonly received: readonly Envelope[];
}

/** Why nothing can be traced here, or null. */
export function whyNoTrace(): string | null {
  if (process.platform !== 'linux') return 'system calls are traced on Linux only';
  const { status, error, stderr } = spawnSync('strace', ['-f', '-o', '/dev/null', 'true'], {
    encoding: 'utf8',
  });
  if (error !== undefined) return 'no strace here: install strace';
  return status === 0 ? null : `strace may not trace here: ${stderr.trim().split('\n').at(-1) ?? ''}`;
}

/** Two peers talk, one of them under strace: at once and after a while, in bursts and one by one, held and not. */
export async function record(mutant: MutantName | null): Promise<Recording> {
  const base = mkdtempSync(path.join(tmpdir(), 'p2p-chat-durability-'));
  const ends: (() => unknown)[] = [() => rmSync(base, { recursive: true, force: true, maxRetries: 5 })];
  const folder = (name: string): string => path.join(base, name);
  const [globalStorage, workspace] = [folder('traced'), folder('workspace')];
  try {
    const server = await startDiscoveryServer({
      host: '127.0.0.1',
      port: 0,
      dataDir: folder('server'),
      logger: pino({ level: 'silent' }),
    });
    ends.push(() => server.stop());
    const service = await createPeerService({
      globalStorage: folder('other'),
      identityKey: exportPrivateKey(generateKeyPair()),
      deviceKey: exportPrivateKey(generateKeyPair()),
      successions: [],
      version: '1.0.0',
      proxy: { noProxy: [] },
    });
    let isRunning = true;
    const stopOther = async (): Promise<void> => {
      if (isRunning) await service.stop();
      isRunning = false;
    };
    ends.push(stopOther);
    const other = new TestWindow(service);
    const traced = await startTraced({ globalStorage, runtime: base, trace: folder('trace'), mutant });
    ends.push(traced.kill);
    const { session } = await reachOwner({ globalStorage, version: '1.0.0' }, AbortSignal.timeout(20_000));
    ends.push(() => session.close());
    const window = new TestWindow({
      request: (method, params) => session.request(method, params),
      subscribe: (push) => {
        const ignore = (): void => undefined;
        const malformed = (what: string): never => assert.fail(what);
        session.bind({ push, heard: ignore, handedOver: ignore, malformed, closed: ignore });
        return () => session.close();
      },
    });

    const online = {
      server: server.url,
      listenHost: '127.0.0.1',
      listenPort: 0,
      joinCode: null,
      serverKey: null,
      byPerson: true,
    };
    const goOnline = (): Promise<unknown> => other.request('goOnline', { ...online, name: 'Other' });
    await goOnline();
    await session.request('goOnline', { ...online, name: 'Traced' });
    await other.until('the traced peer is seen', () => other.knows('Traced'));
    await window.until('the traced peer sees the other', () => window.knows('Other'));
    const [me, them] = [other.idOf('Traced'), (await other.request('ownIdentity', {})).identity];
    await session.request('openConversation', { contact: them, limit: 50, byPerson: true });

    const sent: { id: string; folder: string }[] = [];
    const send = async (text: string, into: string | null): Promise<void> => {
      const id = newMessageId();
      sent.push({ id, folder: into ?? globalStorage });
      await session.request('send', { id, contact: them, text, workspace: into });
    };
    const get = (text: string): Promise<unknown> =>
      other.request('send', { id: newMessageId(), contact: me, text, workspace: null });
    const settled = (): Promise<void> =>
      other.until('all arrives', () => {
        const texts = other.texts().length;
        return texts === count && other.states().every((state) => state === 'delivered');
      });
    let count = 2;
    await send('first', workspace);
    await get('first back');
    await settled();
    for (let round = 0; round < 3; round += 1) {
      count += 6;
      await Promise.all([
        send(`one ${round}`, workspace),
        send(`two ${round}`, workspace),
        get(`three ${round}`),
        get(`four ${round}`),
      ]);
      await send(`five ${round}`, null);
      await get(`six ${round}`);
      await settled();
    }
    await other.request('goOffline', {});
    await Promise.all([send('held', workspace), send('held too', null)]);
    count += 3;
    await goOnline();
    await get('after a while');
    await settled();
    session.close();
    await traced.end();
    await stopOther();
    const history = openHistory(folder('other'), (damaged) => assert.fail(damaged));
    const received = history
      .page(me, null, 500)
      .messages.filter(({ mine }) => mine)
      .map(({ envelope }) => envelope);
    history.close();
    return { calls: await readTrace(folder('trace')), globalStorage, workspace, author: me, sent, received };
  } finally {
    for (const end of ends.reverse()) await end();
  }
}

interface TracedOptions {
  readonly globalStorage: string;
  readonly runtime: string;
  readonly trace: string;
  readonly mutant: MutantName | null;
}

async function startTraced({ globalStorage, runtime, trace, mutant }: TracedOptions) {
  const here = import.meta.dirname;
  const child = spawn(
    'strace',
    [
      ...straceArguments(trace),
      ...[process.execPath, '--import', pathToFileURL(path.join(here, 'mutants.ts')).href],
      ...[path.join(here, 'traced-peer.ts'), globalStorage],
    ],
    {
      stdio: ['pipe', 'pipe', 'inherit'],
      env: { ...process.env, XDG_RUNTIME_DIR: runtime, ...TRACEABLE, [MUTANT]: mutant ?? '' },
    },
  );
  const exited = once(child, 'exit');
  const [line] = (await Promise.race([
    once(createInterface({ input: child.stdout }), 'line'),
    exited.then(() => ['it ended']),
  ])) as [unknown];
  assert.equal(line, 'ready');
  return {
    /** Has it stop in good order. */
    end: async (): Promise<void> => {
      child.stdin.end();
      assert.deepEqual(await exited, [0, null]);
    },
    kill: (): void => void child.kill('SIGKILL'),
  };
}
