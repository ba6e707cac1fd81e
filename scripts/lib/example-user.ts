/** What the two ways to open a VS Code for an example account have in common. */
import type { Settings } from './vscode-server.ts';

export interface ExampleUser {
  readonly name: 'Sam' | 'Carol';
  /** Everything of this user lies there. */
  readonly directory: string;
  /** The extension's folder. */
  readonly extension: string;
  /** Ready to chat: where the directory is, under which name, and without being asked. */
  readonly settings: Settings;
}

/** A VS Code that runs. */
export interface RunningVscode {
  /** What to tell the person. */
  readonly where: string;
  /** Resolves with the reason when it ends by itself. */
  readonly ended: Promise<string>;
  readonly stop: () => Promise<void>;
}

export function exampleSettings(name: string, discoveryServer: string): Settings {
  return {
    'p2pChat.discoveryServer': discoveryServer,
    'p2pChat.username': name,
    'p2pChat.goOnlineAtStartup': true,
  };
}
