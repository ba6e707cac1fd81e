import type { Status } from '../peer-api.ts';
import type { ServerAddress } from '../server-here/addresses.ts';
import { type KeptServer, serverUrl } from '../server-here/kept-server.ts';
import type { ServerStartError } from '../server-here/server-process.ts';
import type { Question } from './decisions.ts';
import type { L10n } from './l10n.ts';

/** The words of the discovery server that runs here, and what follows from how things stand. Pure. */

/** One address in the list that is asked with: what it is called, and who reaches a server there. */
export interface AddressChoice {
  readonly label: string;
  readonly description: string;
  readonly detail: string;
  readonly value: string;
}

/** @param before where it was until now, which is offered first if this computer still has that */
export function addressChoices(
  l10n: L10n,
  addresses: readonly ServerAddress[],
  before?: string,
): AddressChoice[] {
  const isBefore = ({ address }: ServerAddress): number => Number(address === before);
  return addresses
    .toSorted((one, other) => isBefore(other) - isBefore(one))
    .map(({ address, network }) =>
      network === ''
        ? {
            label: l10n.t('Only This Computer'),
            description: address,
            detail: l10n.t('Nobody else can reach it: to try it out, or for two windows of yours.'),
            value: address,
          }
        : {
            label: address,
            description: network,
            detail: l10n.t(
              'Everybody on this network who reaches this computer can join, and see who is there.',
            ),
            value: address,
          },
    );
}

/** What is asked with the list. @param gone the address that it had, which this computer does not have now */
export function addressPrompt(l10n: L10n, gone: string | undefined): string {
  return gone === undefined
    ? l10n.t('At which address shall colleagues reach this computer?')
    : l10n.t('This computer is not at {0} any more. At which address shall colleagues reach it?', gone);
}

/** What a person can do about a server that did not start. */
export type ServerRemedy = 'another-port' | 'another-address' | 'forget';

/** What went wrong, in a sentence or two, and what can be done about it. */
export function startFailure(
  l10n: L10n,
  { code }: Pick<ServerStartError, 'code'>,
  at: Pick<KeptServer, 'host' | 'port'>,
): { readonly message: string; readonly remedies: readonly ServerRemedy[] } {
  switch (code) {
    case 'port-taken':
      return {
        message: l10n.t(
          'Port {0}, at which your discovery server was, is taken by another program. End that program and start the server again, or use another port: then everybody needs a new invite.',
          String(at.port),
        ),
        remedies: ['another-port', 'forget'],
      };
    case 'address-gone':
      return {
        message: l10n.t(
          'This computer does not have the address {0} now, at which your discovery server was: it may be on another network. Start the server again when it is back, or use another address: then everybody needs a new invite.',
          at.host,
        ),
        remedies: ['another-address', 'forget'],
      };
    case 'in-use':
      return {
        message: l10n.t(
          'Your discovery server runs already, at {0}: another window of yours started it.',
          at.port === 0 ? at.host : serverUrl(at),
        ),
        remedies: [],
      };
    case 'failed':
      return {
        message: l10n.t('The discovery server does not run: the log tells why.'),
        remedies: ['forget'],
      };
  }
}

export function remedyLabel(l10n: L10n, remedy: ServerRemedy): string {
  switch (remedy) {
    case 'another-port':
      return l10n.t('Use Another Port');
    case 'another-address':
      return l10n.t('Use Another Address…');
    case 'forget':
      return l10n.t('Do Not Start It Again');
  }
}

/** What is next once the server runs. */
export type AfterStart =
  /** This person is at it already. */
  | 'invite'
  /** They have no account anywhere, or their account is at this very server. */
  | 'go-online'
  /** They are somebody at another server: leaving that is for them to say. */
  | 'ask';

export function afterStart(
  url: string,
  status: Status,
  account: { readonly name: string; readonly server: string },
): AfterStart {
  if (status.kind === 'online' && status.server === url) return 'invite';
  const server = URL.canParse(account.server) ? new URL(account.server).origin : '';
  return account.name === '' || server === url ? 'go-online' : 'ask';
}

/** Whether somebody who is at another server goes to the one that they have just started. */
export function moveQuestion(l10n: L10n, url: string, before: string): Question {
  return {
    message: l10n.t('Go online at the discovery server that you have started?'),
    detail: l10n.t(
      'It runs at {0}. You leave {1}; your contacts, history and identity stay with you.',
      url,
      before,
    ),
    choices: [l10n.t('Go Online There')],
  };
}

/** Whether the server that should run here is the one that this person misses: then a window starts it again. */
export function isMissed(status: Status, kept: KeptServer | undefined): boolean {
  return (
    kept?.wanted === true &&
    status.kind === 'problem' &&
    status.problem.code === 'server-unreachable' &&
    status.server === serverUrl(kept)
  );
}
