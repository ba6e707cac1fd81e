import type { HostScenario } from '../../harness/host-scenario.ts';

/** A VS Code whose every HTTP request goes to a proxy that is not there, and a person who goes online at startup. */
export const scenario: HostScenario = {
  discovery: true,
  settings: ({ discoveryUrl }) => ({
    'http.proxy': 'http://127.0.0.1:9',
    'http.proxySupport': 'override',
    'p2pChat.discoveryServer': discoveryUrl,
    'p2pChat.username': 'Sam',
    // Proxies are bypassed for 127.0.0.1 by habit; Linux has the whole of 127.0.0.0/8.
    'p2pChat.listenHost': process.platform === 'linux' ? '127.0.0.2' : '127.0.0.1',
  }),
};
