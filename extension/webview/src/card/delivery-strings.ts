import type { DialFault, LinkStep } from '../../../src/delivery-api.ts';

const messages = (count: number): string => (count === 1 ? '1 message' : `${count} messages`);
const wait = (count: number): string =>
  count === 1
    ? '1 message waits here and is sent by itself'
    : `${count} messages wait here and are sent by themselves`;

/**
 * Every text of the card that tells why something is not delivered. What is said of somebody who is offline is true of
 * somebody who only seems so as well.
 */
export const deliveryStrings = {
  title: 'Why Is It Not Delivered?',

  nothingWaits: (name: string) => `Nothing waits for ${name}.`,
  youAreOffline: (count: number) => `You are offline. ${wait(count)} once you are online.`,
  undecided: (name: string, count: number) =>
    `The server now names another identity for ${name}. ${messages(count)} ${count === 1 ? 'waits' : 'wait'} until you have decided about it in the conversation.`,
  notAccepted: (name: string) =>
    `You do not take messages from ${name}, and nothing is sent to ${name} either. Accept or unblock ${name} first.`,
  linked: (name: string, count: number) =>
    `You are connected with ${name}. ${messages(count)} ${count === 1 ? 'is' : 'are'} on the way, and ${name}’s editor has not confirmed ${count === 1 ? 'it' : 'them'} yet.`,
  offline: (name: string, count: number) => `${name} is offline. ${wait(count)} when ${name} can be reached.`,
  unknown: (name: string, count: number) =>
    `The discovery server cannot be asked now whether ${name} is online. ${wait(count)} when ${name} can be reached.`,
  connecting: (name: string, count: number) =>
    `${name} is online, and a connection is being made. ${wait(count)} over it.`,
  unreachable: (name: string, count: number) =>
    `${name} is online, but cannot be reached from here. ${wait(count)} when that is possible.`,

  waiting: 'Waiting',
  messages,
  none: 'nothing',
  presence: 'Presence',
  isOnline: 'online, says the discovery server',
  isLinked: 'online, and connected with you',
  isOffline: 'offline',
  isUnknown: 'unknown: the discovery server cannot be asked now',
  lastAttempt: 'Last attempt',
  notYet: 'none yet',
  nextAttempt: 'Next attempt',
  now: 'under way',
  inSeconds: (seconds: number) => `in ${seconds} s`,
  inMinutes: (minutes: number, seconds: number) => `in ${minutes} min ${seconds} s`,
  anyMoment: 'in a moment',
  tryNow: 'Try Now',
  goOnline: 'Go Online',

  addresses: 'Addresses',
  address: (address: string, port: number) => `${address} port ${port}`,
  noAddress: (name: string) => `No address of ${name} is known.`,
  noAnswer: 'no answer',
  notTried: 'not tried yet',
  moreWhileOnline: (name: string) => `What happens at each address is told while ${name} is online.`,

  stepNames: { tcp: 'TCP', tls: 'TLS', identity: 'Identity', acknowledgement: 'Acknowledgement' },
  ms: (ms: number) => (ms < 1_000 ? `${Math.round(ms)} ms` : `${(ms / 1_000).toFixed(1)} s`),
  doneIn: 'done in',
  failed: (time: string) => `failed after ${time}`,
  notReached: 'not reached',

  why: (step: LinkStep, fault: DialFault, name: string): string => {
    if (fault === 'forbidden')
      return 'This address is not dialled: it may belong to this very machine, or to nobody.';
    switch (step) {
      case 'tcp':
        return tcp(fault);
      case 'tls':
        return fault === 'silent'
          ? 'Something took the connection and said nothing in time: VS Code may hang there, or a firewall stands between.'
          : 'Whatever answers there does not speak as P2P Chat does: another program may have the port now, or a firewall stands between.';
      case 'identity':
        return fault === 'somebody-else'
          ? `Somebody else answers there, not ${name}. Nothing was sent to them.`
          : `Whoever answers there could not prove to be ${name}. Nothing was sent to them.`;
      case 'websocket':
      case 'hello':
        return fault === 'silent'
          ? `${name}’s editor was reached, but did not answer in time: it may be busy, or hang.`
          : `${name}’s editor was reached, but ended the connection before it answered: it may just be starting or closing.`;
    }
  },
} as const;

function tcp(fault: DialFault): string {
  switch (fault) {
    case 'refused':
      return 'The machine answers, but nothing listens on this port: VS Code may be closed there, or a firewall refuses.';
    case 'silent':
      return 'Nothing answered in time: the machine may be off or asleep, or a firewall drops the connection.';
    case 'unreachable':
      return 'There is no way to this address from here: it may be in another network, or need a VPN.';
    case 'forbidden':
    case 'closed':
    case 'somebody-else':
    case 'other':
      return 'The connection could not be made.';
  }
}
