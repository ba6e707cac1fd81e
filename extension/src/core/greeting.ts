import type { Fingerprint } from '@p2p-chat/protocol/fingerprint';
import { TAKES_NEARBY, TAKES_STATUS, TAKES_TYPING } from '@p2p-chat/protocol/link';
import { userName } from '@p2p-chat/protocol/names';
import type { Greeting } from './link.ts';
import type { Surroundings } from './surroundings.ts';

/**
 * What this side says first to a device.
 * @throws {StorageError}
 */
export function greetingFor(around: Surroundings, device: Fingerprint): Greeting {
  const { bootId, agent, history, successions } = around;
  const { cursor: received, refused } = history.inbound(device);
  const name = userName.safeParse(around.name()).data;
  return {
    bootId,
    agent,
    received,
    takes: [TAKES_TYPING, TAKES_STATUS, TAKES_NEARBY],
    ...(refused.length > 0 ? { refused: [...refused] } : {}),
    ...(name === undefined ? {} : { name }),
    ...(successions.length > 0 ? { successions: [...successions] } : {}),
  };
}
