import { formatInvite, type Invite, parseInvite } from '@p2p-chat/protocol/invite';
import { MalformedError } from '@p2p-chat/protocol/text';
import { checkServer, type Checked, EXTENSION } from './answers.ts';
import type { L10n } from './l10n.ts';

/** The link of an invite, as it is handed on and as it comes back. */

export const JOIN_PATH = '/join';

/** The beginning of a link that this extension handles, up to its query. */
export function linkTo(scheme: string, path: string): string {
  return `${scheme}://${EXTENSION}${path}`;
}

/**
 * The link that opens this VS Code, or another of its kind, with an invite. Its query is encoded once more than usual
 * where that matters: VS Code decodes a link's query before the extension gets it.
 * @param scheme of links that this VS Code handles, as `vscode`
 */
export function inviteLink(scheme: string, invite: Invite): string {
  const query = formatInvite(invite).replaceAll('%3A', ':').replaceAll('%2F', '/').replaceAll('%', '%25');
  return `${linkTo(scheme, JOIN_PATH)}?${query}`;
}

/** An invite as it was pasted: the link, whatever is before and after it, or its query alone. */
export function readInviteText(l10n: L10n, text: string): Checked<Invite> {
  const trimmed = text.trim();
  if (trimmed === '') return { ok: false, why: l10n.t('Paste the link of an invite.') };
  const query = /\/join\?([^\s<>"'#]+)/.exec(trimmed)?.[1] ?? /^\??(v=\S+)$/.exec(trimmed)?.[1];
  const decoded = query === undefined ? undefined : decode(query);
  return decoded === undefined ? notAnInvite(l10n) : readInviteQuery(l10n, decoded);
}

/** An invite out of the query of a link, decoded once. */
export function readInviteQuery(l10n: L10n, query: string): Checked<Invite> {
  let invite: Invite;
  try {
    invite = parseInvite(query);
  } catch (error) {
    if (!(error instanceof MalformedError)) throw error;
    return /^v=(?!1(&|$))\d+(&|$)/.test(query)
      ? {
          ok: false,
          why: l10n.t('This invite is of a newer P2P Chat. Update the extension, then open it again.'),
        }
      : notAnInvite(l10n);
  }
  const server = checkServer(l10n, invite.server);
  return server.ok ? { ok: true, value: { ...invite, server: server.value } } : server;
}

function notAnInvite(l10n: L10n): Checked<never> {
  return {
    ok: false,
    why: l10n.t('This is no complete invite. Ask whoever sent it for a new link, and copy the whole of it.'),
  };
}

function decode(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
