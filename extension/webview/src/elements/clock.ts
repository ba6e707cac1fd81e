import type { ReactiveController, ReactiveControllerHost } from 'lit';
import { Ticking } from './ticking.ts';

const TICK_MS = 30_000;

/** The time, for an element that says "today" or "5 min ago": renders it anew as time goes by, but not while hidden. */
export class Clock implements ReactiveController {
  readonly #host: ReactiveControllerHost;
  readonly #ticking: Ticking;

  constructor(host: ReactiveControllerHost) {
    this.#host = host;
    this.#ticking = new Ticking(host, TICK_MS);
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
  }

  readonly #onVisibility = (): void => {
    const isVisible = document.visibilityState !== 'hidden';
    this.#ticking.set(isVisible);
    if (isVisible) this.#host.requestUpdate();
  };
}
