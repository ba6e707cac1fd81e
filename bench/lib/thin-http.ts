import { connect, type Socket } from 'node:net';

/** An answer of a server. */
export interface ThinAnswer {
  readonly status: number;
  readonly body: string;
}

/** One kept connection on which one request after the other is sent: as little work as a client can have with HTTP. */
export class ThinHttp {
  readonly #socket: Socket;
  readonly #port: number;
  #received = '';
  #waiting: { done: (answer: ThinAnswer) => void; failed: (error: Error) => void } | undefined;

  constructor(port: number) {
    this.#port = port;
    this.#socket = connect({ host: '127.0.0.1', port, noDelay: true });
    // What is sent here and answered has ASCII only.
    this.#socket.setEncoding('latin1');
    this.#socket.on('data', (chunk: string) => {
      this.#received += chunk;
      this.#answer();
    });
    this.#socket.on('error', (error) => this.#failed(error));
    this.#socket.once('close', () => this.#failed(new Error('the server hung up')));
  }

  /** @param headers lines of the request, each with its end */
  post(path: string, body: string, headers: string): Promise<ThinAnswer> {
    return new Promise((done, failed) => {
      this.#waiting = { done, failed };
      this.#socket.write(
        `POST ${path} HTTP/1.1\r\nHost: 127.0.0.1:${this.#port}\r\nContent-Type: application/json\r\n` +
          `Content-Length: ${Buffer.byteLength(body)}\r\n${headers}\r\n${body}`,
      );
    });
  }

  end(): void {
    this.#socket.destroy();
  }

  #answer(): void {
    const end = this.#received.indexOf('\r\n\r\n');
    if (end === -1) return;
    const length = Number(/\r\ncontent-length: (\d+)/i.exec(this.#received.slice(0, end))?.[1] ?? 0);
    const all = end + 4 + length;
    if (this.#received.length < all) return;
    const answer = { status: Number(this.#received.slice(9, 12)), body: this.#received.slice(end + 4, all) };
    this.#received = this.#received.slice(all);
    this.#waiting?.done(answer);
  }

  #failed(error: Error): void {
    this.#waiting?.failed(error);
  }
}
