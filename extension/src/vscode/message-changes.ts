import type { Change } from '@p2p-chat/protocol/kinds';
import type { Fingerprint } from '@p2p-chat/protocol/fingerprint';
import type { PeerClient } from '../peer-api.ts';
import { problemOf } from './problem.ts';

export interface MessageChangeParts {
  readonly client: Pick<PeerClient, 'request'>;
  /** The folder of workspace storage, null when no folder is open. */
  readonly workspace: string | null;
  readonly newId: () => string;
  /** Whether the person means it: what is deleted does not come back. */
  readonly confirmDelete: () => Promise<boolean>;
  /** Says why nothing came of it. */
  readonly failed: (reason: string) => void;
}

/** What a person does to messages that are there, but for editing them in the box. */
export class MessageChanges {
  readonly #parts: MessageChangeParts;

  constructor(parts: MessageChangeParts) {
    this.#parts = parts;
  }

  async make(contact: Fingerprint, change: Change): Promise<void> {
    const { client, workspace, newId, confirmDelete, failed } = this.#parts;
    if (change.kind === 'delete' && !(await confirmDelete())) return;
    try {
      await client.request('change', { id: newId(), contact, change, workspace });
    } catch (error) {
      failed(problemOf(error).message);
    }
  }
}
