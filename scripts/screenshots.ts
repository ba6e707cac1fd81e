/** `npm run screenshots`: makes the pictures of the README anew, in two real editors. */
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { TestDiscovery } from '../test/harness/discovery.ts';
import { TestUser, type Theme } from '../test/harness/user.ts';
import { repositoryRoot } from './lib/node-runtime.ts';

const folder = path.join(repositoryRoot, 'docs', 'screenshots');

const discovery = await TestDiscovery.start();
const account = (name: string) => ({
  name,
  viewport: { width: 1000, height: 640 },
  settings: {
    'p2pChat.discoveryServer': discovery.url,
    'p2pChat.username': name,
    'window.commandCenter': false,
    'workbench.layoutControl.enabled': false,
  },
});
const sam = await TestUser.start(account('Sam'));
const carol = await TestUser.start(account('Carol'));
const dave = await TestUser.start(account('Dave'));
try {
  await mkdir(folder, { recursive: true });
  const daves = await dave.openWindow();
  await daves.statusItem(/Dave/).waitFor();
  const carols = await carol.openWindow();
  await carols.statusItem(/Carol/).waitFor();
  const sams = await sam.openWindow();
  await sams.openView('P2P Chat');
  const chat = await sams.openChat('Carol');
  await chat.send('Did the nightly build pass after the TLS change?');
  await chat.arrived('nightly build').waitFor();
  await carols.openView('P2P Chat');
  const answers = await carols.openChat('Sam');
  await answers.decide('Accept');
  await answers.send('All green. The flaky one was the **clock** test, it takes a `FakeClock` now.');
  await answers.send('I left you a review on the outbox branch.');
  await chat.message('outbox branch').waitFor();
  await chat.send('Thank you! Merging.');
  await chat.arrived('Merging').waitFor();
  await carols.runCommand('P2P Chat: Go Offline');
  await chat.conversation.getByText('Carol is offline').waitFor();
  await chat.send('One more question: does owner.lock survive a crash of the whole machine?');
  await chat.message('owner.lock').getByText('held').waitFor();
  for (const theme of ['dark', 'light'] satisfies Theme[]) {
    await sam.setTheme(theme);
    await sams.openView('P2P Chat');
    await sams.screenshot(path.join(folder, `chat-${theme}.png`));
    console.log(`docs/screenshots/chat-${theme}.png`);
  }
} finally {
  await Promise.allSettled([sam.dispose(), carol.dispose(), dave.dispose()]);
  await discovery.dispose();
}
