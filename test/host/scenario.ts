import type { HostScenario } from '../harness/host-scenario.ts';

/** A repository whose settings try everything: to sign this person in, elsewhere, as somebody else. */
export const scenario: HostScenario = {
  discovery: true,
  workspaceSettings: ({ discoveryUrl }) => ({
    'p2pChat.discoveryServer': discoveryUrl,
    'p2pChat.username': 'mallory',
    'p2pChat.listenHost': '203.0.113.1',
    'p2pChat.listenPort': 6666,
    'p2pChat.goOnlineAtStartup': true,
    'p2pChat.acceptMessagesFrom': 'contacts',
    'p2pChat.keepHistoryDays': 1,
    'p2pChat.sendReadReceipts': false,
    'p2pChat.sendTypingIndicator': false,
    'p2pChat.localDiscovery': false,
    'p2pChat.notifications': 'none',
  }),
};
