import type { PeerClient, Preferences } from '../peer-api.ts';

export interface PreferenceParts {
  readonly client: Pick<PeerClient, 'request'>;
  /** What the person wants now, out of the settings. */
  readonly read: () => Preferences;
  readonly failed: (error: unknown) => void;
}

/** Tells each peer that this window connects to what the person wants, and again when it changes. */
export class PreferenceSender {
  readonly #parts: PreferenceParts;
  #told: string | undefined;
  #connected = false;

  constructor(parts: PreferenceParts) {
    this.#parts = parts;
  }

  /** To be called on each connection: this peer may have heard nothing yet. */
  connected(): void {
    this.#connected = true;
    this.#told = undefined;
    this.changed();
  }

  /** To be called when settings changed. */
  changed(): void {
    if (!this.#connected) return;
    const { acceptMessagesFrom, keepHistoryDays, ...lets } = this.#parts.read();
    const { sendReadReceipts, sendTypingIndicator, localDiscovery } = lets;
    const tells = { sendReadReceipts, sendTypingIndicator };
    const wanted = { acceptMessagesFrom, keepHistoryDays, ...tells, localDiscovery };
    const text = JSON.stringify(wanted);
    if (text === this.#told) return;
    this.#told = text;
    this.#parts.client.request('configure', wanted).catch(this.#parts.failed);
  }
}
