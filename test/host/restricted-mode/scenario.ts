import type { HostScenario } from '../../harness/host-scenario.ts';

/** A folder that nobody has said to trust, in a VS Code that asks nobody about it: Restricted Mode. */
export const scenario: HostScenario = {
  discovery: true,
  settings: ({ discoveryUrl }) => ({
    'security.workspace.trust.enabled': true,
    'security.workspace.trust.startupPrompt': 'never',
    'security.workspace.trust.banner': 'never',
    'p2pChat.discoveryServer': discoveryUrl,
    'p2pChat.username': 'Sam',
    'p2pChat.listenHost': '127.0.0.1',
    'p2pChat.goOnlineAtStartup': false,
  }),
};
