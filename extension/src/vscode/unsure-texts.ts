/** Texts that were sent and whose fate is unknown: sent again, each is the same message. */
export class UnsureTexts {
  readonly #sent = new Map<string, { readonly id: string; readonly text: string }>();

  /** The id that this text, which is about `about`, has if its fate is unknown; that is to be known soon. */
  take(text: string, about: unknown): string | undefined {
    const what = JSON.stringify([text, about]);
    const known = this.#sent.get(what);
    this.#sent.delete(what);
    return known?.id;
  }

  /** Nobody knows whether it is stored. */
  add(text: string, about: unknown, id: string): void {
    this.#sent.set(JSON.stringify([text, about]), { id, text });
  }

  /** What is shown was stored. Returns the texts whose fate is known by that: the same text is another message from now on. */
  stored(shown: readonly { readonly id: string }[]): string[] {
    const ids = new Set(shown.map(({ id }) => id));
    const found = [...this.#sent].filter(([, { id }]) => ids.has(id));
    for (const [what] of found) this.#sent.delete(what);
    return found.map(([, { text }]) => text);
  }
}
