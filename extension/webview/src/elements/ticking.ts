import type { ReactiveController, ReactiveControllerHost } from 'lit';

/** Renders an element anew again and again, while that is wanted. */
export class Ticking implements ReactiveController {
  readonly #host: ReactiveControllerHost;
  readonly #everyMs: number;
  #timer: ReturnType<typeof setInterval> | undefined;

  constructor(host: ReactiveControllerHost, everyMs: number) {
    this.#host = host;
    this.#everyMs = everyMs;
    host.addController(this);
  }

  set(on: boolean): void {
    if (on) this.#timer ??= setInterval(() => this.#host.requestUpdate(), this.#everyMs);
    else this.hostDisconnected();
  }

  hostDisconnected(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }
}
