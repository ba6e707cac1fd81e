import { isIP } from 'node:net';
import { isLoopbackHost } from '@p2p-chat/protocol/addresses';
import { endpoint, type Endpoint } from '@p2p-chat/protocol/discovery';
import { MAX_JOIN_CODE, MAX_STATUS_LENGTH, MIN_ENDPOINT_PORT } from '@p2p-chat/protocol/limits';
import { userName } from '@p2p-chat/protocol/names';
import { statusLength, tidyStatus } from '@p2p-chat/protocol/status';
import type { OnlineOptions } from '../peer-api.ts';
import type { L10n } from './l10n.ts';

/** What "Go Online" asks for, and what a good answer is. Pure: used by the flow and for answers out of settings. */

export interface Answers {
  readonly server: string;
  readonly name: string;
  /** Empty for every interface. */
  readonly listenHost: string;
  /** 0 for any free port, kept for the next time. */
  readonly listenPort: number;
  /** For a server that asks for one; null until it did. */
  readonly joinCode: OnlineOptions['joinCode'];
  /** The key of this server that was accepted just now; null for no news. */
  readonly serverKey: OnlineOptions['serverKey'];
}

/** Either the answer as it is to be used, or a sentence that says what is wrong with it. */
export type Checked<T> =
  { readonly ok: true; readonly value: T } | { readonly ok: false; readonly why: string };

/** Who handles the links of an invite and of a chat, in every VS Code: the extension's id. */
export const EXTENSION = 'p2p-chat.p2p-chat';

const MAX_PORT = 65_535;
const MAX_NAME_LENGTH = 32;

/** The discovery server's origin, as "https://chat.example.com". A missing scheme is filled in. */
export function checkServer(l10n: L10n, input: string): Checked<string> {
  const text = input.trim();
  if (text === '') return wrong(l10n.t('Enter the address of a discovery server.'));
  const url = parseAddress(text);
  if (url === undefined || url.hostname === '') {
    return wrong(
      l10n.t('This is no address. It looks like https://chat.example.com or http://127.0.0.1:8000.'),
    );
  }
  if (url.hostname === EXTENSION) {
    return wrong(
      l10n.t('This is a link of P2P Chat, not an address. "Join with an Invite…" takes an invite.'),
    );
  }
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    return wrong(l10n.t('The address must begin with https://, or with http:// on this computer.'));
  }
  if (url.username !== '' || url.password !== '') {
    return wrong(l10n.t('The address must not contain a user name or password: your key signs you in.'));
  }
  if (url.pathname !== '/' || url.search !== '' || url.hash !== '') {
    return wrong(l10n.t('Enter only the address of the server, with nothing after the host and port.'));
  }
  if (url.protocol === 'http:' && !isLoopbackHost(url.hostname)) {
    return wrong(
      l10n.t(
        'Without encryption others on the network could take over your session: http:// is for a server on this computer, use https:// here.',
      ),
    );
  }
  return { ok: true, value: url.origin };
}

export function checkName(l10n: L10n, input: string): Checked<string> {
  const name = input.trim();
  if (name === '') return wrong(l10n.t('Enter the name that others shall see.'));
  if (name.length > MAX_NAME_LENGTH) {
    return wrong(
      l10n.t('A name has at most {0} characters; this one has {1}.', MAX_NAME_LENGTH, name.length),
    );
  }
  if (/^[._-]+$/.test(name)) return wrong(l10n.t('A name needs at least one letter or digit.'));
  if (!userName.safeParse(name).success) {
    return wrong(l10n.t('A name has only letters A to Z, digits, "-", "_" and ".".'));
  }
  return { ok: true, value: name };
}

export function checkListenHost(l10n: L10n, input: string): Checked<string> {
  const host = input.trim().replace(/^\[(.*)\]$/, '$1');
  if (host === '' || isIP(host) !== 0) return { ok: true, value: host };
  return wrong(
    l10n.t('Enter an IP address of this computer, such as 192.168.1.5, or nothing for every one.'),
  );
}

export function checkListenPort(l10n: L10n, input: string): Checked<number> {
  const text = input.trim();
  if (text === '') return { ok: true, value: 0 };
  const port = /^\d{1,5}$/.test(text) ? Number(text) : NaN;
  if (port === 0 || (port >= MIN_ENDPOINT_PORT && port <= MAX_PORT)) return { ok: true, value: port };
  return wrong(
    l10n.t(
      'Enter a port from {0} to {1}, or 0 for any free one.',
      String(MIN_ENDPOINT_PORT),
      String(MAX_PORT),
    ),
  );
}

/** Where somebody can be reached; nothing is null. A name is no answer: a resolver could send it anywhere. */
export function checkEndpoint(l10n: L10n, input: string): Checked<Endpoint | null> {
  const text = input.trim();
  if (text === '') return { ok: true, value: null };
  const { 1: v6, 2: v4, 3: port } = /^(?:\[([^\]]+)\]|([^:]+)):(\d{1,5})$/.exec(text) ?? [];
  const address = v6 ?? v4 ?? '';
  if (isIP(address) !== (v6 === undefined ? 4 : 6)) {
    return wrong(l10n.t('Enter an IP address and a port, such as 192.168.1.20:4000 or [fd00::20]:4000.'));
  }
  const known = endpoint.shape.port.safeParse(Number(port));
  if (!known.success) {
    return wrong(l10n.t('The port is from {0} to {1}.', String(MIN_ENDPOINT_PORT), String(MAX_PORT)));
  }
  const typed = endpoint.safeParse({ address, port: known.data });
  if (typed.success) return { ok: true, value: typed.data };
  return wrong(l10n.t('This is not the address of one computer.'));
}

/** An endpoint as checkEndpoint takes it. */
export function endpointText({ address, port }: Endpoint): string {
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}

/** Whether a server, given by its origin, is on this computer. */
export function isLoopbackServer(origin: string): boolean {
  const url = URL.parse(origin);
  return url !== null && isLoopbackHost(url.hostname);
}

/** What was typed as a join code. Spaces around it are of the clipboard. */
export function checkJoinCode(l10n: L10n, input: string): Checked<string> {
  const code = input.trim();
  if (code === '') return wrong(l10n.t('Enter the join code of this server.'));
  if (code.length > MAX_JOIN_CODE) {
    return wrong(l10n.t('A join code has at most {0} characters.', MAX_JOIN_CODE));
  }
  return { ok: true, value: code };
}

/** A name to offer: the operating system's, without what a name may not have. */
export function suggestName(systemName: string): string {
  const name = systemName
    .normalize('NFKD')
    .replace(/^.*\\/, '')
    .replace(/\s+/g, '-')
    .replace(/[^A-Za-z0-9._-]/g, '')
    .slice(0, MAX_NAME_LENGTH);
  return userName.safeParse(name).success ? name : '';
}

function wrong(why: string): { readonly ok: false; readonly why: string } {
  return { ok: false, why };
}

function parseAddress(text: string): URL | undefined {
  if (text.includes('://')) return URL.parse(text) ?? undefined;
  const secure = URL.parse(`https://${text}`);
  if (secure === null) return undefined;
  return isLoopbackHost(secure.hostname) ? (URL.parse(`http://${text}`) ?? undefined) : secure;
}

/** What the person says of themselves, as one line; nothing clears it. */
export function checkStatusText(l10n: L10n, input: string): Checked<string> {
  const value = tidyStatus(input);
  const length = statusLength(value);
  if (length <= MAX_STATUS_LENGTH) return { ok: true, value };
  return {
    ok: false,
    why: l10n.t('A status has at most {0} characters; this one has {1}.', MAX_STATUS_LENGTH, length),
  };
}
