import type { Status } from '../peer-api.ts';

/** What follows from a status, in one place. */

/** Whether messages flow: without the discovery server links and known contacts still work, and it is tried again. */
export function isReachable(status: Status): boolean {
  switch (status.kind) {
    case 'online':
    case 'connecting':
      return true;
    case 'problem':
      return status.retrying;
    case 'offline':
      return false;
  }
}

/** Whether somebody who was last seen so wants to be online: not after another device took over, to and fro. */
export function wantsToBeUp(status: Status): boolean {
  switch (status.kind) {
    case 'online':
    case 'connecting':
      return true;
    case 'problem':
      return status.problem.code !== 'signed-in-elsewhere';
    case 'offline':
      return false;
  }
}

/** What a person is called where they went online: an account that was renamed elsewhere has another name than asked for. */
export function nameAt(status: Status, asked: { readonly name: string; readonly server: string }): string {
  if (status.kind !== 'online' || !URL.canParse(asked.server)) return asked.name;
  return status.server === new URL(asked.server).origin ? status.name : asked.name;
}
