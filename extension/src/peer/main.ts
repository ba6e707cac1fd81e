import { PeerWorker } from './worker.ts';

/** The peer's worker thread. */
PeerWorker.run(async () => (await import('./service.ts')).createPeerService);
