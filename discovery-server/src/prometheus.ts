import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import { type ReadableMetrics, relayEnd, type RelayState, type ServerState } from './metrics.ts';

const NOTHING: ServerState = {
  accounts: 0,
  online: 0,
  sessions: { open: 0, signingIn: 0 },
  watches: 0,
  relay: undefined,
  ready: false,
};

const NO_RELAY: RelayState = { joined: 0, waiting: 0, bytes: 0, throttles: 0 };

/** Gauges of prom-client with the name of counters, at which promtool stops; the same by type are there as well. */
const MISNAMED = ['resources', 'handles', 'requests'].map((what) => `nodejs_active_${what}_total`);

/** From a write that only the page cache sees to a disk that is in trouble, seconds. */
const WRITE_BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5];

/** Metrics in the text format of Prometheus, with those of the process (memory, CPU, event loop, collections). */
export function prometheusMetrics(): ReadableMetrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  for (const name of MISNAMED) registry.removeSingleMetric(name);
  let state = (): ServerState => NOTHING;
  const counter = <Label extends string>(name: string, help: string, ...labelNames: Label[]) =>
    new Counter({ name: `p2p_chat_${name}`, help, labelNames, registers: [registry] });
  const gauge = (name: string, help: string, value: (now: ServerState) => number) =>
    new Gauge({
      name: `p2p_chat_${name}`,
      help,
      registers: [registry],
      collect() {
        this.set(value(state()));
      },
    });

  gauge('ready', 'Whether /readyz says so.', ({ ready }) => (ready ? 1 : 0));
  gauge('accounts', 'Accounts in the directory.', ({ accounts }) => accounts);
  gauge(
    'users_online',
    'Users shown as online, those included whose session just broke.',
    (now) => now.online,
  );
  gauge('sessions', 'Sessions that are signed in.', ({ sessions }) => sessions.open);
  gauge('sessions_signing_in', 'WebSockets that have not signed in yet.', (now) => now.sessions.signingIn);
  gauge('watches', 'Pairs of a session and a user whom it watches.', ({ watches }) => watches);

  const relayed = (): RelayState => state().relay ?? NO_RELAY;
  new Gauge({
    name: 'p2p_chat_relay_pairs',
    help: 'Pairs in the relay: joined, or waiting for one of the two.',
    labelNames: ['state'],
    registers: [registry],
    collect() {
      const { joined, waiting } = relayed();
      this.set({ state: 'joined' }, joined);
      this.set({ state: 'waiting' }, waiting);
    },
  });
  /** Counted where it happens, and read. */
  const total = (name: string, help: string, value: (now: RelayState) => number) =>
    new Counter({
      name: `p2p_chat_relay_${name}_total`,
      help,
      registers: [registry],
      collect() {
        this.reset();
        this.inc(value(relayed()));
      },
    });
  total('bytes', 'Bytes that the relay took to be carried.', ({ bytes }) => bytes);
  total(
    'throttles',
    'Times that an account had sent more than --relay-rate and had to wait.',
    (now) => now.throttles,
  );
  const relayEnds = counter('relay_ends_total', 'Pairs in the relay that ended, and why.', 'reason');
  const calls = counter(
    'calls_total',
    'Requests for another client: to dial back, or for the relay.',
    'type',
  );

  const answers = counter('http_requests_total', 'HTTP requests answered.', 'route', 'status');
  const refusals = counter('refusals_total', 'What was refused, by error code.', 'where', 'code');
  const registrations = counter(
    'registrations_total',
    'Registrations: created, known, or refused.',
    'result',
  );
  const signIns = counter('sign_ins_total', 'Sign-ins: ok, or why the session was closed.', 'result');
  const closes = counter('session_closes_total', 'Sessions that the server closed.', 'reason');
  const pushes = counter('pushes_total', 'Changes and snapshots sent to those who watch.', 'type');
  const drops = counter('pushes_dropped_total', 'Changes not sent to a client that does not read.', 'type');
  const failures = counter('store_failures_total', 'Writes to the accounts file that failed.', 'operation');
  const writes = new Histogram({
    name: 'p2p_chat_store_write_seconds',
    help: 'How long a change of accounts took until it was on the disk.',
    labelNames: ['operation'],
    buckets: WRITE_BUCKETS,
    registers: [registry],
  });

  return {
    contentType: registry.contentType,
    observe: (asked) => void (state = asked),
    read: () => registry.metrics(),
    httpAnswered: (route, status) => answers.inc({ route, status }),
    refused: (where, code) => refusals.inc({ where, code }),
    registered: (result) => registrations.inc({ result }),
    signedIn: () => signIns.inc({ result: 'ok' }),
    sessionClosed: (reason, signedIn) =>
      signedIn ? closes.inc({ reason }) : signIns.inc({ result: reason }),
    pushed: (type, sent) => (sent ? pushes : drops).inc({ type }),
    stored(operation, seconds, ok) {
      writes.observe({ operation }, seconds);
      if (!ok) failures.inc({ operation });
    },
    called: (type) => calls.inc({ type }),
    relayEnded: (code) => relayEnds.inc({ reason: relayEnd(code) }),
  };
}
