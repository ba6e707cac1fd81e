import { parseArgs } from 'node:util';
import { userName } from '@p2p-chat/protocol/names';
import { OptionError, readStore } from '../options.ts';
import type { AdminRequest } from './admin-api.ts';

/** What an operator asked for. */
export type Operation =
  | { readonly kind: 'help' }
  | ({ readonly kind: 'list'; readonly json: boolean } & Where)
  | ({
      readonly kind: 'change';
      readonly json: boolean;
      readonly yes: boolean;
      readonly request: Extract<AdminRequest, { do: 'rename' | 'remove' | 'reset-identity' }>;
    } & Where)
  | FileOperation;

/** Where the accounts are. */
export interface Where {
  readonly data: string;
  /** A Redis, in place of the folder; undefined: in the folder. */
  readonly store: string | undefined;
}

/** A backup is written to a file, or put back from one. */
export interface FileOperation {
  readonly kind: 'backup' | 'restore';
  readonly data: string;
  readonly file: string;
}

export const OPERATE_HELP = `Usage: discovery-server users list [options]
       discovery-server users rename <user> <new name> [options]
       discovery-server users remove <user> [options]
       discovery-server users reset-identity <user> [options]
       discovery-server backup <file> [options]
       discovery-server restore <file> [options]

Works while the server runs and while it does not. A user is a name or the fingerprint of an identity.

  list            everybody, with who is online; a name without an identity is kept for whoever has its code.
  rename          gives the account another name. Its client is told and comes back with it.
  remove          ends the account and frees its name, or frees a name that is kept.
  reset-identity  for somebody who lost the identity: ends the account, keeps the name for a week, and
                  prints a code. Whoever goes online with the name and the code has it again.
  backup          writes accounts, kept names and the server's own key into one file; - is standard output.
  restore         puts a backup into a folder that is empty or not there, while no server uses it.

Options:
  --data <folder>  the server's folder, default ./data.                   [P2P_CHAT_DATA]
  --store <url>    for users: the Redis of several servers, redis://…, in place of a folder.
                                                                          [P2P_CHAT_STORE]
  --json           print JSON.
  --yes            remove and reset-identity without asking.
  --help           print this and exit.

Exit code: 0 done, 1 not possible, 2 a bad option, 5 the folder is in use by a server that cannot be asked,
6 there is no such user, 7 the name is taken, 8 not confirmed.
`;

/**
 * Reads what comes after the program's name.
 * @throws {OptionError}
 */
export function readOperation(args: readonly string[], env: NodeJS.ProcessEnv): Operation {
  const { values, positionals } = parse(args);
  if (values.help === true) return { kind: 'help' };
  const set = env['P2P_CHAT_DATA'] ?? '';
  const data = values.data ?? (set === '' ? './data' : set);
  if (data === '') throw new OptionError('--data needs a folder');
  const [command = '', ...rest] = positionals;
  const store = readPlace(values.store, env);
  if (command === 'users')
    return readUsers(rest, { data, store, json: values.json === true, yes: values.yes === true });
  if (values.store !== undefined) {
    throw new OptionError(`"${command}" is of a folder: take what is in Redis to one by "migrate" first`);
  }
  const [file] = rest;
  if ((command !== 'backup' && command !== 'restore') || file === undefined || rest.length > 1) {
    throw new OptionError(`"${command}" needs one file`);
  }
  return { kind: command, data, file };
}

function readPlace(option: string | undefined, env: NodeJS.ProcessEnv): string | undefined {
  if (option !== undefined) return readStore({ value: option, from: '--store' });
  const set = env['P2P_CHAT_STORE'] ?? '';
  return set === '' ? undefined : readStore({ value: set, from: 'P2P_CHAT_STORE' });
}

/** How many words each needs. */
const WORDS = { list: 0, rename: 2, remove: 1, 'reset-identity': 1 } as const;

function readUsers(
  [verb = '', ...words]: readonly string[],
  options: Where & { readonly json: boolean; readonly yes: boolean },
): Operation {
  const known = Object.keys(WORDS).find((word): word is keyof typeof WORDS => word === verb);
  if (known === undefined) throw new OptionError(`"users" goes on with ${Object.keys(WORDS).join(', ')}`);
  const [who = '', name = ''] = words;
  if (words.length !== WORDS[known] || words.includes('')) {
    const needs = ['nothing more', 'a user', 'a user and a new name'][WORDS[known]] ?? '';
    throw new OptionError(`"users ${known}" needs ${needs}`);
  }
  if (known === 'list') return { kind: 'list', ...options };
  if (known !== 'rename') return { kind: 'change', ...options, request: { do: known, who } };
  const wrong = userName.safeParse(name).error?.issues[0]?.message;
  if (wrong !== undefined) throw new OptionError(wrong.replace(/\.$/, ''));
  return { kind: 'change', ...options, request: { do: 'rename', who, name } };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        data: { type: 'string' },
        store: { type: 'string' },
        json: { type: 'boolean' },
        yes: { type: 'boolean' },
        help: { type: 'boolean', short: 'h' },
      },
    });
  } catch (cause) {
    const message = cause instanceof Error ? (cause.message.split('. ')[0] ?? '') : String(cause);
    throw new OptionError(message.replaceAll('\n', ' '), { cause });
  }
}
