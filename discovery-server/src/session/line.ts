import type { Duplex } from 'node:stream';
import type { WebSocket } from 'ws';
import type { Frame, FrameMemory } from './frame.ts';
import { textFrame } from './web-socket-frame.ts';

/** Frames on their way to one client: each in one piece, past `ws`, see web-socket-frame.ts. */
export class Line {
  readonly #socket: WebSocket;
  readonly #below: Pick<Duplex, 'cork' | 'uncork' | 'write'>;
  readonly #memory: FrameMemory;

  /** @param below what lies below the WebSocket */
  constructor(socket: WebSocket, below: Pick<Duplex, 'cork' | 'uncork' | 'write'>, memory: FrameMemory) {
    this.#socket = socket;
    this.#below = below;
    this.#memory = memory;
  }

  /** Bytes sent that the other end has not taken yet. */
  get bufferedAmount(): number {
    return this.#socket.bufferedAmount;
  }

  /**
   * Nothing is sent once it has begun to close.
   * @param taken called when the socket has taken it. Hearing of each costs as much as a fifth of a push
   */
  send(frame: Frame, taken?: () => void): void {
    if (this.#socket.readyState !== this.#socket.OPEN) return;
    if (typeof frame === 'string') {
      this.#below.write(textFrame(frame), taken);
      return;
    }
    const { bytes, giveBack } = this.#memory.lend(frame);
    this.#below.write(bytes, () => {
      giveBack();
      taken?.();
    });
  }

  /** What is sent meanwhile goes out in one. */
  atOnce(speak: () => void): void {
    this.#below.cork();
    try {
      speak();
    } finally {
      this.#below.uncork();
    }
  }
}
