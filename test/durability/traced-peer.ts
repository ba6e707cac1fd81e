import { openSync, writeSync } from 'node:fs';
import { WebSocket } from 'ws';
import { publishRendezvous } from '../../extension/src/peer/rendezvous.ts';
import { startRpcServer } from '../../extension/src/peer/rpc-server.ts';
import { createPeerService } from '../../extension/src/peer/service.ts';
import { socketPath } from '../../extension/src/peer/socket-path.ts';
import { exportPrivateKey, generateKeyPair } from '@p2p-chat/protocol/identity';
import { MARKER } from './marker.ts';

/**
 * A peer that serves windows on its local socket, to be run under strace. Its one argument is the global storage. It
 * ends when its standard input does.
 */
const marker = openSync(MARKER, 'w');
// eslint-disable-next-line @typescript-eslint/unbound-method -- it is called on the WebSocket that it was taken from
const send = WebSocket.prototype.send;
WebSocket.prototype.send = function (this: WebSocket, data: Buffer, ...rest: unknown[]): void {
  writeSync(marker, data);
  Reflect.apply(send, this, [data, ...rest]);
};

const [, , globalStorage] = process.argv;
if (globalStorage === undefined) throw new Error('the global storage is missing');
const key = (): string => exportPrivateKey(generateKeyPair());
const version = '1.0.0';
const service = await createPeerService({
  globalStorage,
  identityKey: key(),
  deviceKey: key(),
  successions: [],
  version,
  proxy: { noProxy: [] },
});
const server = await startRpcServer({
  rendezvous: publishRendezvous(globalStorage, socketPath(globalStorage)),
  version,
  service,
  onHandOver: () => undefined,
  onRestart: () => undefined,
  onError: (error) => {
    throw error;
  },
});
process.stdin.resume();
process.stdin.once('end', () => void stop());
console.log('ready');

async function stop(): Promise<void> {
  server.freeze();
  await service.stop();
  await server.close();
}
