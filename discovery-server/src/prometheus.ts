import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { ReadableMetrics, ServerState } from './metrics.ts';

const NOTHING: ServerState = {
  accounts: 0,
  online: 0,
  sessions: { open: 0, signingIn: 0 },
  watches: 0,
  ready: false,
};

/** From a write that only the page cache sees to a disk that is in trouble, seconds. */
const WRITE_BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5];

/** Metrics in the text format of Prometheus, with those of the process (memory, CPU, event loop, collections). */
export function prometheusMetrics(): ReadableMetrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
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
  };
}
