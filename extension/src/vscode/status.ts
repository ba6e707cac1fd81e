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
