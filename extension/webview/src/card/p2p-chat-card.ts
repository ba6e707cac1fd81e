import { html, LitElement, type PropertyValues, type TemplateResult } from 'lit';
import type { Card, CardMessage } from '../../../src/card-api.ts';
import { Ticking } from '../elements/ticking.ts';
import { createFormat } from '../format.ts';
import { baseStyles } from '../styles/base.ts';
import { buttonStyles } from '../styles/buttons.ts';
import type { CardHost } from './card-host.ts';
import { cardTemplate } from './cards.ts';
import { cardStrings } from './strings.ts';
import { deliveryStyles } from './delivery-styles.ts';
import { cardStyles } from './styles.ts';

/** How long "Copied" stands beside its button. */
const COPIED_MS = 3_000;

/**
 * How long an attempt that the person asked for is shown as under way at least: that it was made is to be seen, and how
 * soon it came to nothing says nothing that anybody has to know.
 */
const ASKED_MS = 1_500;

/** Often enough for seconds that are counted down not to stumble. */
const TICK_MS = 250;

/** The whole page of a card. It keeps nothing but what the person did last. */
export class P2PChatCard extends LitElement {
  static readonly tag = 'p2p-chat-card';
  static override readonly styles = [baseStyles, buttonStyles, cardStyles, deliveryStyles];
  static override readonly properties = {
    card: { state: true },
    copied: { state: true },
    differs: { state: true },
    asked: { state: true },
  };

  declare card: Card | undefined;
  declare copied: boolean;
  declare differs: boolean;
  declare asked: boolean;

  #host: CardHost | undefined;
  #stopListening: (() => void) | undefined;
  #copiedTimer: ReturnType<typeof setTimeout> | undefined;
  #askedTimer: ReturnType<typeof setTimeout> | undefined;
  readonly #format = createFormat(document.documentElement.dataset['locale']);
  readonly #ticking = new Ticking(this, TICK_MS);
  #cameAt = 0;

  constructor() {
    super();
    this.copied = false;
    this.differs = false;
    this.asked = false;
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
    clearTimeout(this.#askedTimer);
  }

  protected override render(): TemplateResult {
    const { card, copied, differs, asked } = this;
    if (card === undefined) return html`<p class="opening">${cardStrings.opening}</p>`;
    this.#ticking.set(card.type === 'delivery');
    const age = Date.now() - this.#cameAt;
    const context = { copied, differs, asked, age, format: this.#format, post: this.#post };
    return html`<main>${cardTemplate(card, context)}</main>`;
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
      this.#cameAt = Date.now();
    });
    host.post({ type: 'ready' });
  }

  readonly #post = (message: CardMessage): void => {
    if (message.type === 'compared') {
      this.#acted = true;
      this.differs = message.outcome === 'different';
    }
    if (message.type === 'copy') this.#sayCopied();
    if (message.type === 'try-now') this.#sayAsked();
    this.#host?.post(message);
  };

  #sayAsked(): void {
    this.asked = true;
    clearTimeout(this.#askedTimer);
    this.#askedTimer = setTimeout(() => (this.asked = false), ASKED_MS);
  }

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
