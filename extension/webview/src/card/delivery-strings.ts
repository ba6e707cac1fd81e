import { t } from '../l10n.ts';

const messages = (count: number): string => (count === 1 ? t('1 message') : t('{0} messages', count));
const wait = (count: number): string =>
  count === 1
    ? t('1 message waits here and is sent by itself')
    : t('{0} messages wait here and are sent by themselves', count);

/**
 * Every text of the card that tells why something is not delivered. What is said of somebody who is offline is true of
 * somebody who only seems so as well.
 */
export const deliveryStrings = {
  title: t('Why Is It Not Delivered?'),

  nothingWaits: (name: string) => t('Nothing waits for {0}.', name),
  youAreOffline: (count: number) => t('You are offline. {0} once you are online.', wait(count)),
  undecided: (name: string, count: number) =>
    t(
      'The server now names another identity for {0}. Until you have decided about it in the conversation, nothing is sent: {1}.',
      name,
      messages(count),
    ),
  notAccepted: (name: string) =>
    t(
      'You do not take messages from {0}, and nothing is sent to {0} either. Accept or unblock {0} first.',
      name,
    ),
  linked: (name: string, count: number) =>
    t(
      'You are connected with {0}. On the way, and not confirmed yet by {0}’s editor: {1}.',
      name,
      messages(count),
    ),
  offline: (name: string, count: number) =>
    t('{0} is offline. {1} when {0} can be reached.', name, wait(count)),
  unknown: (name: string, count: number) =>
    t(
      'The discovery server cannot be asked now whether {0} is online. {1} when {0} can be reached.',
      name,
      wait(count),
    ),
  connecting: (name: string, count: number) =>
    t('{0} is online, and a connection is being made. {1} over it.', name, wait(count)),
  unreachable: (name: string, count: number) =>
    t('{0} is online, but cannot be reached from here. {1} when that is possible.', name, wait(count)),

  waiting: t('Waiting'),
  messages,
  none: t('nothing'),
  presence: t('Presence'),
  isOnline: t('online, says the discovery server'),
  isLinkedDirectly: t('online, and connected with you directly'),
  isRelayed: t('online, and connected with you through the discovery server'),
  isOffline: t('offline'),
  isUnknown: t('unknown: the discovery server cannot be asked now'),
  lastAttempt: t('Last attempt'),
  notYet: t('none yet'),
  nextAttempt: t('Next attempt'),
  now: t('under way'),
  inSeconds: (seconds: number) => t('in {0} s', seconds),
  inMinutes: (minutes: number, seconds: number) => t('in {0} min {1} s', minutes, seconds),
  anyMoment: t('in a moment'),
  tryNow: t('Try Now'),
  goOnline: t('Go Online'),

  addresses: t('Addresses'),
  address: (address: string, port: number) => t('{0} port {1}', address, String(port)),
  sources: { typed: t('typed by you'), nearby: t('found in your local network') },
  noAddress: (name: string) => t('No address of {0} is known.', name),
  noAnswer: t('no answer'),
  notTried: t('not tried yet'),
  moreWhileOnline: (name: string) => t('What happens at each address is told while {0} is online.', name),

  detours: t('Through the Discovery Server'),
  detour: {
    dialBack: (name: string) =>
      t(
        '{0}’s editor was asked to connect to yours instead, and no connection came: a firewall may stand before yours, too.',
        name,
      ),
    relay: (name: string) =>
      t(
        'The server offered to pass on what you send, sealed, and {0}’s editor did not come to meet yours.',
        name,
      ),
  },

  stepNames: { tcp: t('TCP'), tls: t('TLS'), identity: t('Identity'), acknowledgement: t('Acknowledgement') },
  ms: (ms: number) => (ms < 1_000 ? t('{0} ms', Math.round(ms)) : t('{0} s', (ms / 1_000).toFixed(1))),
  doneIn: t('done in'),
  failed: (time: string) => t('failed after {0}', time),
  notReached: t('not reached'),

  notDialled: t('This address is not dialled: it may belong to this very computer, or to nobody.'),
  portShut: t(
    'The computer answers, but nothing listens on this port: VS Code may be closed there, or a firewall refuses.',
  ),
  nothingAnswered: t(
    'Nothing answered in time: the computer may be off or asleep, or a firewall drops the connection.',
  ),
  noWay: t('There is no way to this address from here: it may be in another network, or need a VPN.'),
  notConnected: t('The connection could not be made.'),
  saidNothing: t(
    'Something took the connection and said nothing in time: VS Code may hang there, or a firewall stands between.',
  ),
  otherProgram: t(
    'Whatever answers there does not speak as P2P Chat does: another program may have the port now, or a firewall stands between.',
  ),
  somebodyElse: (name: string) => t('Somebody else answers there, not {0}. Nothing was sent to them.', name),
  unproven: (name: string) =>
    t('Whoever answers there could not prove to be {0}. Nothing was sent to them.', name),
  noHello: (name: string) =>
    t('{0}’s editor was reached, but did not answer in time: it may be busy, or hang.', name),
  endedBefore: (name: string) =>
    t(
      '{0}’s editor was reached, but ended the connection before it answered: it may just be starting or closing.',
      name,
    ),
} as const;
