/** A VS Code in the person's own browser for one example account. */
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import type { ExampleUser, RunningVscode } from './example-user.ts';
import { secretFile } from './secret-file.ts';
import { startVscodeProxy } from './vscode-proxy.ts';
import { changeSettings, quietSettings, settingsExist, VscodeServer } from './vscode-server.ts';
import { eventually } from './wait.ts';

export interface BrowserAddress {
  /** Two accounts need two names: cookies, the connection token's too, do not tell ports apart. */
  readonly host: '127.0.0.1' | 'localhost';
  readonly port: number;
}

export async function startBrowserVscode(user: ExampleUser, address: BrowserAddress): Promise<RunningVscode> {
  const { directory } = user;
  const folder = path.join(directory, user.name);
  await mkdir(directory, { recursive: true, mode: 0o700 });
  await mkdir(folder, { recursive: true });
  if (!settingsExist(directory)) await changeSettings(directory, quietSettings);
  await changeSettings(directory, user.settings);

  // The file holds the bytes as text, which is the token.
  const tokenFile = path.join(directory, 'connection-token');
  const token = (await secretFile(tokenFile, 24)).toString('hex');
  const secretKey = await secretFile(path.join(directory, 'mint-key'), 32);

  const server = await VscodeServer.start({ version: '1.139', directory, connectionTokenFile: tokenFile });
  const authority = `${address.host}:${address.port}`;
  const remote = (file: string): string => path.posix.join('/', file.replaceAll('\\', '/'));
  try {
    const proxy = await startVscodeProxy({
      ...address,
      upstream: server.port,
      connectionToken: token,
      secretKey,
      windowQuery: {
        folder: remote(folder),
        payload: JSON.stringify([
          ['extensionDevelopmentPath', `vscode-remote://${authority}${remote(user.extension)}`],
        ]),
      },
    });
    const where = `http://${authority}/?tkn=${token}`;
    const stop = async (): Promise<void> => {
      await proxy.stop();
      await server.stop();
    };
    await answers(where).catch(async (error: unknown) => {
      await stop();
      throw error;
    });
    return { where, stop, ended: server.ended.then(() => `${user.name}'s VS Code ended.\n${server.log}`) };
  } catch (error) {
    await server.stop();
    throw error;
  }
}

/** The page that the person will open is there: the redirects end at VS Code's own page. */
async function answers(address: string): Promise<void> {
  await eventually(`VS Code answers at ${new URL(address).host}`, async () => {
    const first = await fetch(address, { redirect: 'manual' });
    const second = new URL(first.headers.get('location') ?? '', address);
    const response = await fetch(second, { redirect: 'manual' });
    return first.status === 302 && response.status === 302 && response.headers.has('set-cookie');
  });
}
