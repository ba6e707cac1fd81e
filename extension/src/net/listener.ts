import { createServer as createHttpServer, type IncomingMessage, type Server as HttpServer } from 'node:http';
import { isIP, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import {
  createSecureContext,
  createServer as createTlsServer,
  type SecureContext,
  type Server as TlsServer,
  TLSSocket,
} from 'node:tls';
import { type WebSocket, WebSocketServer } from 'ws';
import type { ChainIdentity, DeviceCredentials } from '@p2p-chat/protocol/certificates';
import type { Fingerprint } from '@p2p-chat/protocol/fingerprint';
import { HANDSHAKE_TIMEOUT_MS, MIN_ENDPOINT_PORT } from '@p2p-chat/protocol/limits';
import { LINK_ALPN, LINK_PATH, LINK_PROTOCOL, LinkClose } from '@p2p-chat/protocol/link';
import type { Channel } from '../core/net-ports.ts';
import type { Clock, Log } from '../core/ports.ts';
import { seldom } from '../core/seldom.ts';
import { LINK_WEBSOCKET, WebSocketChannel } from './channel.ts';
import { Handshakes, type ListenerLimits } from './handshakes.ts';
import { errorCodeOf, errorText } from './errors.ts';
import { ListenError, toListenError } from './listen-error.ts';
import { authenticate, serverTlsOptions } from './tls.ts';
import { t } from '../core/words.ts';

export { ListenError } from './listen-error.ts';

/** See ListenerLimits for what each is. */
export const LISTENER_LIMITS: ListenerLimits = {
  handshakeTimeoutMs: HANDSHAKE_TIMEOUT_MS,
  handshakes: 64,
  handshakesPerAddress: 16,
  channels: 1_024,
  channelsPerIdentity: 8,
};

/** Headers of the upgrade request, bytes. The dialer's are under 300. */
const MAX_HEADER_BYTES = 4 * 1024;

/** The one answer to whatever is not a link: it tells a scanner nothing. */
const NOT_FOUND = 'HTTP/1.1 404 Not Found\r\nConnection: close\r\nContent-Length: 0\r\n\r\n';

export interface ListenerOptions {
  readonly credentials: DeviceCredentials;
  readonly clock: Clock;
  readonly log: Log;
  /** An IP literal, or empty for every interface. */
  readonly host: string;
  /** 0 for any free port. */
  readonly port: number;
  readonly limits?: Partial<ListenerLimits>;
  /** Whether somebody is a contact: their channels are kept when there is no room for all. */
  isContact(identity: Fingerprint): boolean;
  /** A device proved who it is and its link is open: bind at once. */
  onChannel(channel: Channel): void;
}

/** Where peers dial this device. */
export interface Listener {
  /**
   * @throws {ListenError}
   */
  start(): Promise<{ port: number }>;
  /** Takes a stream by which somebody came another way, such as through a relay, as if they had dialled the port. */
  join(stream: Duplex): void;
  /** Closes the port and every channel that came through it. */
  stop(): Promise<void>;
}

/** Makes a listener: TLS with both certificates, and on it the WebSocket upgrade of LINK_PATH and nothing else. */
export function createListener(options: ListenerOptions): Listener {
  return new LinkListener(options);
}

class LinkListener implements Listener {
  readonly #options: ListenerOptions;
  readonly #limits: ListenerLimits;
  readonly #handshakes: Handshakes;
  /** About those who knock. */
  readonly #log: Log;
  /** For those who come another way. */
  readonly #secureContext: SecureContext;
  readonly #joined = new Set<Duplex>();
  readonly #tls: TlsServer;
  readonly #http: HttpServer;
  readonly #upgrades: WebSocketServer;
  readonly #peers = new WeakMap<Duplex, { socket: TLSSocket; peer: ChainIdentity; relayed: string | null }>();
  readonly #channels = new Map<Channel, WebSocket>();
  #stopped = false;

  constructor(options: ListenerOptions) {
    this.#options = options;
    this.#limits = { ...LISTENER_LIMITS, ...options.limits };
    this.#handshakes = new Handshakes(options.clock, this.#limits);
    this.#log = seldom(options.log, options.clock);
    this.#http = createHttpServer({ maxHeaderSize: MAX_HEADER_BYTES });
    this.#http.on('request', (_request, response) => {
      response.writeHead(404, { connection: 'close' }).end();
    });
    this.#http.on('clientError', (_error, socket) => refuse(socket));
    this.#http.on('upgrade', (request, socket, head) => this.#upgrade(request, socket, head));
    this.#upgrades = new WebSocketServer({
      ...LINK_WEBSOCKET,
      noServer: true,
      clientTracking: false,
      handleProtocols: (offered) => offered.has(LINK_PROTOCOL) && LINK_PROTOCOL,
    });
    this.#upgrades.on('wsClientError', (_error, socket) => refuse(socket));
    const tls = serverTlsOptions(options.credentials);
    this.#secureContext = createSecureContext(tls);
    this.#tls = createTlsServer({
      ...tls,
      handshakeTimeout: this.#limits.handshakeTimeoutMs,
    });
    this.#tls.on('connection', (socket: Socket) => this.#handshakes.begin(socket));
    this.#tls.on('secureConnection', (socket) => this.#admit(socket, null));
    this.#tls.on('tlsClientError', (error) => this.#debug(`TLS: ${error.message.trim()}`));
  }

  async start(): Promise<{ port: number }> {
    const { host, port } = this.#options;
    if (this.#stopped) throw new ListenError('listen-failed', t('The listener was stopped.'));
    if (host !== '' && isIP(host) === 0) {
      throw new ListenError(
        'listen-failed',
        t(
          '"{0}" is not an IP address. Enter one of this computer, such as 127.0.0.1, or nothing for all of them.',
          host,
        ),
      );
    }
    if (port !== 0 && port < MIN_ENDPOINT_PORT) {
      throw new ListenError(
        'listen-failed',
        t(
          'Port {0} is reserved for system services. Choose one from {1}, or 0 for any free one.',
          port,
          MIN_ENDPOINT_PORT,
        ),
      );
    }
    try {
      await this.#listen(host === '' ? '::' : host);
    } catch (error) {
      if (host !== '' || !['EAFNOSUPPORT', 'EADDRNOTAVAIL', 'EINVAL'].includes(errorCodeOf(error))) {
        throw toListenError(error, host, port);
      }
      // A machine without IPv6.
      await this.#listen('0.0.0.0').catch((cause: unknown) => {
        throw toListenError(cause, host, port);
      });
    }
    this.#tls.on('error', (error: Error) =>
      this.#options.log('error', `The listener failed: ${error.message}`),
    );
    const address = this.#tls.address();
    // Null when it was stopped meanwhile.
    if (address === null || typeof address === 'string') {
      throw new ListenError('listen-failed', t('The listener was stopped.'));
    }
    return { port: address.port };
  }

  join(stream: Duplex): void {
    stream.on('error', () => undefined);
    if (this.#stopped) {
      stream.destroy();
      return;
    }
    this.#joined.add(stream);
    stream.once('close', () => this.#joined.delete(stream));
    const key = this.#handshakes.beginRelayed(stream);
    // The server's own `connection` event would do as well, but not say which stream a TLS socket is over.
    const socket = new TLSSocket(stream, {
      isServer: true,
      secureContext: this.#secureContext,
      requestCert: true,
      rejectUnauthorized: false,
      ALPNProtocols: [LINK_ALPN],
    });
    socket.on('error', (error: Error) => this.#debug(error.message));
    socket.once('close', () => stream.destroy());
    socket.once('secure', () => this.#admit(socket, key));
  }

  async stop(): Promise<void> {
    if (this.#stopped) return;
    this.#stopped = true;
    const closed = new Promise<void>((resolve) => this.#tls.close(() => resolve()));
    this.#handshakes.stop();
    for (const channel of [...this.#channels.keys()])
      channel.close(LinkClose.goingAway, 'the device goes offline');
    const left = [...this.#joined].map(
      (stream) => new Promise<void>((resolve) => stream.once('close', resolve)),
    );
    await Promise.all([closed, ...left]);
    this.#http.close();
  }

  #listen(host: string): Promise<void> {
    return new Promise((resolve, reject) => {
      const settle = (error?: Error): void => {
        this.#tls.off('error', settle).off('close', onClose).off('listening', onListening);
        if (error === undefined) resolve();
        else reject(error);
      };
      const onClose = (): void => settle(new Error('the listener was stopped'));
      const onListening = (): void => settle();
      this.#tls.on('error', settle).on('close', onClose).on('listening', onListening);
      this.#tls.listen({ host, port: this.#options.port, exclusive: true });
    });
  }

  /** HTTP hears of a connection only once its chain has proved who it is. */
  #admit(socket: TLSSocket, relayed: string | null): void {
    socket.on('error', (error: Error) => this.#debug(error.message));
    try {
      const peer = authenticate(socket, this.#options.clock.now());
      this.#peers.set(socket, { socket, peer, relayed });
    } catch (error) {
      this.#debug(errorText(error));
      socket.destroy();
      return;
    }
    this.#http.emit('connection', socket);
  }

  #upgrade(request: IncomingMessage, stream: Duplex, head: Buffer): void {
    const known = this.#peers.get(stream);
    const offered = request.headers['sec-websocket-protocol']?.split(',').map((name) => name.trim()) ?? [];
    if (known === undefined || request.url !== LINK_PATH || !offered.includes(LINK_PROTOCOL)) {
      refuse(stream);
      return;
    }
    const { socket, peer, relayed } = known;
    this.#upgrades.handleUpgrade(request, stream, head, (ws) => {
      if (this.#stopped || !this.#handshakes.finish(relayed ?? socket)) {
        ws.on('error', () => undefined);
        ws.terminate();
        return;
      }
      const { clock } = this.#options;
      const path = relayed === null ? 'direct' : 'relayed';
      const channel = new WebSocketChannel({ ws, socket, peer, dialled: false, endpoint: null, path, clock });
      const hasRoom = this.#makesRoomFor(peer.identity);
      this.#channels.set(channel, ws);
      ws.on('close', () => this.#channels.delete(channel));
      if (hasRoom) this.#options.onChannel(channel);
      else channel.close(LinkClose.unavailable, 'unavailable');
    });
  }

  /**
   * Nobody takes the channels of all: cut without a goodbye, which the other end could draw out. Whoever came last is
   * likeliest to have something to say.
   */
  #makesRoomFor(identity: Fingerprint): boolean {
    const { channels, channelsPerIdentity } = this.#limits;
    const all = [...this.#channels];
    const same = all.filter(([channel]) => channel.identity === identity);
    const others = all.filter(([channel]) => !this.#options.isContact(channel.identity));
    const isCrowded = same.length >= channelsPerIdentity;
    if (!isCrowded && all.length < channels) return true;
    const [oldest] = isCrowded ? same : others;
    oldest?.[1].terminate();
    return oldest !== undefined;
  }

  #debug(text: string): void {
    this.#log('debug', `An incoming connection was refused or broke: ${text}`);
  }
}

function refuse(stream: Duplex): void {
  stream.on('error', () => undefined);
  stream.end(NOT_FOUND, () => stream.destroy());
}
