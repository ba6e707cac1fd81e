import type { AdminUser } from './admin-api.ts';

const HEAD = ['NAME', 'STATE', 'LAST SEEN', 'REGISTERED', 'IDENTITY'];

/** Users in columns, for people. */
export function table(users: readonly AdminUser[]): string {
  const rows = [HEAD, ...users.map(rowOf)];
  const widths = HEAD.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const lines = rows.map((row) => row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  '));
  return lines.map((line) => `${line.trimEnd()}\n`).join('');
}

function rowOf({ name, identity, online, registeredAt, lastSeen, keptUntil }: AdminUser): string[] {
  const state = keptUntil === null ? (online ? 'online' : 'offline') : `kept until ${moment(keptUntil)}`;
  return [name, state, moment(lastSeen), moment(registeredAt), identity ?? '-'];
}

function moment(at: number | null): string {
  return at === null ? '-' : new Date(at).toISOString().slice(0, 16).replace('T', ' ');
}
