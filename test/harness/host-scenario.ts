/**
 * How VS Code is set up for the host tests of one folder. `test/host/*.test.ts` run in one launch, those in
 * `test/host/<name>/` in one of their own each, as the folder's `scenario.ts` says:
 *
 *     export const scenario: HostScenario = {
 *       discovery: true,
 *       settings: ({ discoveryUrl }) => ({ 'p2pChat.discoveryServer': discoveryUrl, 'http.proxySupport': 'override' }),
 *     };
 *
 * A host test is a mocha test (`describe`, `it`, `before` …) and may import `vscode`. The address of the discovery
 * server is in `process.env.P2P_CHAT_TEST_DISCOVERY`.
 */
import type { Settings } from '../../scripts/lib/vscode-server.ts';

export interface HostContext {
  /** The discovery server's address; empty where the scenario asks for none. */
  readonly discoveryUrl: string;
}

export interface HostScenario {
  /** Start a discovery server for this launch. */
  readonly discovery?: boolean;
  /** User settings. */
  readonly settings?: (context: HostContext) => Settings;
  /** What the opened folder's .vscode/settings.json says. */
  readonly workspaceSettings?: (context: HostContext) => Settings;
  /** The URI of the folder to open; a folder on the disk unless told. */
  readonly folder?: string;
  /** The environment of the extension host. */
  readonly env?: Readonly<Record<string, string>>;
}
