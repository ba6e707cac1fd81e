import type { ReactiveController, ReactiveControllerHost } from 'lit';

const TICK_MS = 30_000;

/** The time, for an element that says "today" or "5 min ago": renders it anew as time goes by, but not while hidden. */
export class Clock implements ReactiveController {
  readonly #host: ReactiveControllerHost;
  #timer: ReturnType<typeof setInterval> | undefined;

  constructor(host: ReactiveControllerHost) {
    this.#host = host;
    host.addController(this);
  }

  get now(): number {
    return Date.now();
  }

  hostConnected(): void {
    document.addEventListener('visibilitychange', this.#onVisibility);
    this.#onVisibility();
  }

  hostDisconnected(): void {
    document.removeEventListener('visibilitychange', this.#onVisibility);
    clearInterval(this.#timer);
  }

  readonly #onVisibility = (): void => {
    clearInterval(this.#timer);
    if (document.visibilityState === 'hidden') return;
    this.#timer = setInterval(() => this.#host.requestUpdate(), TICK_MS);
    this.#host.requestUpdate();
  };
}
