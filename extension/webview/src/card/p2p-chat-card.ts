import { html, LitElement, type PropertyValues, type TemplateResult } from 'lit';
import type { Card, CardMessage } from '../../../src/card-api.ts';
import { baseStyles } from '../styles/base.ts';
import { buttonStyles } from '../styles/buttons.ts';
import type { CardHost } from './card-host.ts';
import { cardTemplate } from './cards.ts';
import { cardStrings } from './strings.ts';
import { cardStyles } from './styles.ts';

/** How long "Copied" stands beside its button. */
const COPIED_MS = 3_000;

/** The whole page of a card. It keeps nothing but what the person did last. */
export class P2PChatCard extends LitElement {
  static readonly tag = 'p2p-chat-card';
  static override readonly styles = [baseStyles, buttonStyles, cardStyles];
  static override readonly properties = {
    card: { state: true },
    copied: { state: true },
    differs: { state: true },
  };

  declare card: Card | undefined;
  declare copied: boolean;
  declare differs: boolean;

  #host: CardHost | undefined;
  #stopListening: (() => void) | undefined;
  #copiedTimer: ReturnType<typeof setTimeout> | undefined;

  constructor() {
    super();
    this.copied = false;
    this.differs = false;
  }

  /** Starts talking to the host. Called once. */
  connect(host: CardHost): void {
    this.#host = host;
    if (this.isConnected) this.#start(host);
  }

  override connectedCallback(): void {
    super.connectedCallback();
    if (this.#host !== undefined) this.#start(this.#host);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#stopListening?.();
    this.#stopListening = undefined;
    clearTimeout(this.#copiedTimer);
  }

  protected override render(): TemplateResult {
    const { card, copied, differs } = this;
    if (card === undefined) return html`<p class="opening">${cardStrings.opening}</p>`;
    return html`<main>${cardTemplate(card, { copied, differs, post: this.#post })}</main>`;
  }

  protected override updated(changed: PropertyValues): void {
    // The button that was pressed may be gone: whoever uses a keyboard goes on from what it led to.
    const pressed = changed.has('differs') || (changed.has('card') && changed.get('card') !== undefined);
    if (pressed && this.shadowRoot?.activeElement === null && this.#acted) {
      this.#acted = false;
      this.shadowRoot.querySelector<HTMLElement>('.outcome[tabindex]')?.focus();
    }
  }

  /** Whether the person answered, and has not seen yet what came of it. */
  #acted = false;

  #start(host: CardHost): void {
    this.#stopListening ??= host.listen((card) => {
      // Another number, or an answer that was taken: what was found before is no longer about this.
      if (!sameComparison(this.card, card)) this.differs = false;
      this.card = card;
    });
    host.post({ type: 'ready' });
  }

  readonly #post = (message: CardMessage): void => {
    if (message.type === 'compared') {
      this.#acted = true;
      this.differs = message.outcome === 'different';
    }
    if (message.type === 'copy') this.#sayCopied();
    this.#host?.post(message);
  };

  #sayCopied(): void {
    this.copied = true;
    clearTimeout(this.#copiedTimer);
    this.#copiedTimer = setTimeout(() => (this.copied = false), COPIED_MS);
  }
}

/** Whether two cards ask for the same comparison, however it was answered before the person found a difference. */
function sameComparison(one: Card | undefined, other: Card): boolean {
  return (
    one?.type === 'verify' &&
    other.type === 'verify' &&
    one.digits === other.digits &&
    (other.of === 'changed' || other.trust !== 'verified')
  );
}
