import type { HostScenario } from '../../harness/host-scenario.ts';

/** A folder on no disk, as of a repository that is looked at over the network. */
export const scenario: HostScenario = {
  discovery: true,
  folder: 'p2p-chat-test:/on-no-disk',
  settings: ({ discoveryUrl }) => ({
    'p2pChat.discoveryServer': discoveryUrl,
    'p2pChat.username': 'Sam',
    'p2pChat.listenHost': '127.0.0.1',
    'p2pChat.goOnlineAtStartup': false,
  }),
};
