/** A VS Code with one long conversation, and with an extension whose panel is empty. */
import { cp, mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { uuidv7 } from '../../extension/src/vscode/uuid.ts';
import { repositoryRoot } from '../../scripts/lib/node-runtime.ts';
import { eventually } from '../../scripts/lib/wait.ts';
import type { TestDiscovery } from '../../test/harness/discovery.ts';
import { TestUser } from '../../test/harness/user.ts';
import type { Workbench } from '../../test/harness/workbench.ts';
import { peerHere } from '../lib/door.ts';
import { textOf } from '../lib/figures.ts';
import { newPerson } from '../lib/who.ts';

/** What opens and closes panels: keys, so that both take the same way through VS Code. */
export const keys = { chat: 'F7', empty: 'F8', close: 'F9' } as const;

/** The message that is to be seen when a chat opens. */
export const LAST = 'The last of all.';

const MESSAGES = 2_000;
const MESSAGE_BYTES = 120;
const AT_ONCE = 100;

const emptyPanel = path.join(repositoryRoot, 'bench', 'open', 'empty-panel');

/** Sam's VS Code, which is online when its window opens. */
export async function startSam(folder: string, discovery: TestDiscovery): Promise<TestUser> {
  const directory = path.join(folder, 'sam');
  await cp(emptyPanel, path.join(directory, 'extensions', 'p2p-chat-bench.empty-panel-0.0.0'), {
    recursive: true,
  });
  const sam = await TestUser.start({
    name: 'Sam',
    directory,
    optimized: true,
    settings: {
      'p2pChat.discoveryServer': discovery.url,
      'p2pChat.username': 'Sam',
      'p2pChat.goOnlineAtStartup': true,
    },
  });
  const settings = path.join(sam.userData, 'User');
  await mkdir(settings, { recursive: true });
  const bindings = [
    { key: keys.chat, command: 'p2pChat.openContact' },
    { key: keys.empty, command: 'emptyPanel.open' },
    { key: keys.close, command: 'workbench.action.closeActiveEditor' },
  ];
  await writeFile(path.join(settings, 'keybindings.json'), JSON.stringify(bindings));
  return sam;
}

/** Carol, a peer on this thread. */
export interface Carol {
  /** Writes another message to Sam. */
  readonly write: (text: string) => Promise<void>;
  readonly stop: () => Promise<void>;
}

/** Carol comes online and writes all that there is to Sam, in whose window her chat is open then. */
export async function talk(window: Workbench, folder: string, discovery: TestDiscovery): Promise<Carol> {
  let sams: string | undefined;
  const carol = await peerHere(newPerson(folder), {
    messages: () => undefined,
    contact: ({ id }) => (sams = id),
  });
  await carol.request('subscribe', {});
  const here = { listenHost: '127.0.0.1', listenPort: 0, joinCode: null, serverKey: null, byPerson: true };
  await carol.request('goOnline', { name: 'Carol', server: discovery.url, ...here });
  await window.openView('P2P Chat');
  const chat = await window.openChat('Carol');
  await chat.send('Hello');
  const contact = await eventually('Carol has heard of Sam', () => sams);
  await carol.request('setStanding', { contact, standing: 'accepted' });
  await chat.arrived('Hello').waitFor();
  const write = async (text: string): Promise<void> => {
    await carol.request('send', { id: uuidv7(), contact, text, workspace: folder });
  };
  for (let sent = 0; sent < MESSAGES; sent += AT_ONCE) {
    await Promise.all(
      Array.from({ length: AT_ONCE }, (_, each) => write(textOf(MESSAGE_BYTES, sent + each))),
    );
  }
  await write(LAST);
  await chat.message(LAST).waitFor({ timeout: 60_000 });
  return { write, stop: carol.stop };
}
