import type { ReactiveController, ReactiveControllerHost } from 'lit';

/** Often enough for seconds that are counted down not to stumble. */
const TICK_MS = 250;

/** Renders an element anew all the time, while it counts seconds. */
export class Ticking implements ReactiveController {
  readonly #host: ReactiveControllerHost;
  #timer: ReturnType<typeof setInterval> | undefined;

  constructor(host: ReactiveControllerHost) {
    this.#host = host;
    host.addController(this);
  }

  set(on: boolean): void {
    if (on) this.#timer ??= setInterval(() => this.#host.requestUpdate(), TICK_MS);
    else this.hostDisconnected();
  }

  hostDisconnected(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }
}
