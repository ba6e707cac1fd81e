import { once } from 'node:events';
import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { createInterface } from 'node:readline/promises';
import { writeDurably } from '../durable-file.ts';
import { messageOf, systemCode } from '../errors.ts';
import { OptionError } from '../options.ts';
import { Refusal } from '../refusal.ts';
import { report } from '../report.ts';
import { holdDataFolder } from '../store/data-folder.ts';
import { askServer, backUpServer, NoServerError, notAllowed } from './admin-client.ts';
import type { AdminAnswer, AdminRequest, AdminUser } from './admin-api.ts';
import { BackupError, readBackup, refuseUnlessEmpty, restoreInto } from './backup.ts';
import { keepOwner, whileStopped } from './offline.ts';
import {
  type FileOperation,
  type Operation,
  OPERATE_HELP,
  readOperation,
  type Where,
} from './operate-options.ts';
import { table } from './table.ts';

/** Exit codes of what an operator does, besides those of every command. */
const NOT_FOUND = 6;
const NAME_TAKEN = 7;
const NOT_CONFIRMED = 8;

/** `users`, `backup` and `restore`. @param args the command's own name first. @returns the exit code */
export async function operate(args: readonly string[], env: NodeJS.ProcessEnv): Promise<number> {
  try {
    return await run(readOperation(args, env));
  } catch (error) {
    if (!(error instanceof Refusal)) return report(error);
    process.stderr.write(`discovery-server: ${error.message}\n`);
    return error.code === 'not-found' ? NOT_FOUND : error.code === 'name-taken' ? NAME_TAKEN : 1;
  }
}

async function run(operation: Operation): Promise<number> {
  switch (operation.kind) {
    case 'help':
      await print(OPERATE_HELP);
      return 0;
    case 'list':
      await list(operation);
      return 0;
    case 'change':
      return change(operation);
    case 'backup':
      await backUp(operation);
      return 0;
    case 'restore':
      await restore(operation);
      return 0;
  }
}

async function list({ json, ...where }: Extract<Operation, { kind: 'list' }>): Promise<void> {
  const { users = [] } = await ask(where, { do: 'list' });
  await print(json ? `${JSON.stringify(users, null, 2)}\n` : table(users));
}

async function change(operation: Extract<Operation, { kind: 'change' }>): Promise<number> {
  const { request, yes, json } = operation;
  if (!yes && request.do !== 'rename' && !(await isConfirmed(operation, request))) {
    process.stderr.write('discovery-server: nothing was changed.\n');
    return NOT_CONFIRMED;
  }
  const answer = await ask(operation, request);
  await print(json ? `${JSON.stringify(answer, null, 2)}\n` : wordsFor(request, answer));
  return 0;
}

type Change = Extract<Operation, { kind: 'change' }>['request'];

/** A person types the name; a script says --yes. */
async function isConfirmed(where: Where, request: Change): Promise<boolean> {
  if (!process.stdin.isTTY)
    throw new OptionError(`"users ${request.do}" asks first: say --yes where nobody can answer`);
  const { users = [] } = await ask(where, { do: 'list' });
  const { who } = request;
  const user = users.find(
    ({ name, identity }) => identity === who || name.toLowerCase() === who.toLowerCase(),
  );
  if (user === undefined) throw new Refusal('not-found', `nobody here is called ${who}`);
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    const what = request.do === 'remove' ? 'remove the account of' : 'end the account, and keep the name, of';
    const typed = await terminal.question(`To ${what} ${user.name}, type the name: `);
    return typed.trim() === user.name;
  } finally {
    terminal.close();
  }
}

function wordsFor(request: Change, { user, code }: AdminAnswer): string {
  const name = user?.name ?? request.who;
  if (request.do === 'rename') return `${name} is called ${request.name} now.\n`;
  if (request.do === 'remove') return `The account of ${name} is removed, and the name is free.\n`;
  return (
    `The account of ${name} is ended, and the name is kept until ${day(user)}.\n` +
    `Whoever goes online as ${name} and gives this as the join code has it again, with a new identity:\n\n` +
    `  ${code ?? ''}\n\nThe code is good once and is stored nowhere. Contacts see another identity under a known name, ` +
    `and decide.\n`
  );
}

function day(user: AdminUser | undefined): string {
  return new Date(user?.keptUntil ?? 0).toISOString().slice(0, 16).replace('T', ' ');
}

/** Asks the server that runs, or opens its folder where none does. */
async function ask(
  { data, store }: Where,
  request: Exclude<AdminRequest, { do: 'backup' }>,
): Promise<AdminAnswer> {
  if (store !== undefined) {
    const { whileShared } = await import('../shared/while-shared.ts');
    return whileShared(store, (administration) => administration.answer(request));
  }
  const folder = await existing(data);
  return running(askServer(folder, request), () =>
    whileStopped(folder, (administration) => administration.answer(request)),
  );
}

async function backUp({ data, file }: FileOperation): Promise<void> {
  const folder = await existing(data);
  const text = await running(backUpServer(folder), () =>
    whileStopped(folder, (administration) => administration.backup()),
  );
  const { accounts } = readBackup(text);
  if (file === '-') return print(text);
  try {
    await writeDurably(path.resolve(file), text);
  } catch (cause) {
    throw new BackupError(`${file} cannot be written (${messageOf(cause)}).`, { cause });
  }
  process.stderr.write(
    `${accounts.length} accounts are in ${file}. It has the server's key: keep it as safe.\n`,
  );
}

async function restore({ data, file }: FileOperation): Promise<void> {
  const text = await readFile(file, 'utf8').catch((cause: unknown) => {
    throw new BackupError(`${file} cannot be read (${messageOf(cause)}).`, { cause });
  });
  const backup = readBackup(text);
  // Before the lock, which is something in it as well.
  await refuseUnlessEmpty(path.resolve(data));
  const folder = await holdDataFolder(data);
  try {
    await restoreInto(folder.path, backup);
  } finally {
    folder.release();
  }
  await keepOwner(folder.path);
  // What was written is read as the server will read it.
  await whileStopped(folder.path, (administration) => administration.answer({ do: 'list' }));
  const taken = new Date(backup.at).toISOString();
  process.stderr.write(`${backup.accounts.length} accounts of ${taken} are in ${folder.path}.\n`);
}

async function running<Result>(asked: Promise<Result>, otherwise: () => Promise<Result>): Promise<Result> {
  try {
    return await asked;
  } catch (error) {
    if (!(error instanceof NoServerError)) throw error;
    return otherwise();
  }
}

/** A folder that is mistyped must not be made. */
export async function existing(data: string): Promise<string> {
  const folder = path.resolve(data);
  try {
    await stat(path.join(folder, 'accounts.db'));
  } catch (error) {
    if (systemCode(error) === 'EACCES') throw notAllowed(folder, error);
    throw new OptionError(`${folder} has no accounts: give the server's folder with --data`, {
      cause: error,
    });
  }
  return folder;
}

/** Whole, also into a pipe: the process may end right after. */
async function print(text: string): Promise<void> {
  if (!process.stdout.write(text)) await once(process.stdout, 'drain');
}
