import express, { type ErrorRequestHandler, type Express, type RequestHandler, type Response } from 'express';
import helmet from 'helmet';
import type { Logger } from 'pino';
import type * as z from 'zod/mini';
import {
  challengeAnswer,
  DiscoveryPath,
  health,
  readiness as readinessAnswer,
  registrationAnswer,
  SESSION_PROTOCOL,
} from '@p2p-chat/protocol/discovery';
import { MAX_HTTP_BODY_BYTES } from '@p2p-chat/protocol/limits';
import { senderOf, type Trust } from './address.ts';
import type { Binding } from './binding.ts';
import { messageOf } from './errors.ts';
import { type AllowedHosts, refuseBrowsers } from './guard.ts';
import type { Metrics } from './metrics.ts';
import type { RateLimits } from './rate-limits.ts';
import type { Readiness } from './readiness.ts';
import { Refusal, refusalBody, stopping } from './refusal.ts';
import { REQUEST_ID_HEADER, type RequestIds } from './request-id.ts';
import type { Registration } from './registration.ts';

/** What the routes need of the server. */
export interface HttpParts {
  readonly binding: Binding;
  readonly hosts: AllowedHosts;
  readonly trust: Trust;
  readonly rateLimits: Pick<RateLimits, 'httpCalls' | 'challenges' | 'registrations'>;
  readonly registration: Registration;
  readonly health: () => z.input<typeof health>;
  readonly readiness: Readiness;
  readonly ids: RequestIds;
  readonly metrics: Metrics;
  readonly logger: Logger;
}

/** The routes: health and registration. Every answer is JSON, errors included. */
export function createApp(parts: HttpParts): Express {
  const { registration, health: currentHealth, readiness, ids, binding, hosts, trust, rateLimits } = parts;
  const app = express();
  app.disable('x-powered-by');
  app.set('etag', false);
  app.set('query parser', false);

  app.use(
    helmet({
      contentSecurityPolicy: { useDefaults: false, directives: { defaultSrc: ["'none'"] } },
      // It would bind every other program on this host, whatever its port, to HTTPS. Our clients never fall back.
      strictTransportSecurity: false,
    }),
  );
  app.use(account(parts));
  app.use((request, response, next) => {
    response.set('Cache-Control', 'no-store');
    rateLimits.httpCalls.spend(senderOf(request, trust));
    const refusal = refuseBrowsers(request.headers, hosts);
    if (refusal !== undefined) throw refusal;
    next();
  });

  app
    .route(DiscoveryPath.health)
    .get((_request, response) => send(response, 200, health, currentHealth()))
    .all(methodNotAllowed('GET, HEAD'));

  app
    .route(DiscoveryPath.ready)
    .get((_request, response) => {
      const { obstacle } = readiness;
      if (obstacle !== undefined) throw new Refusal('unavailable', obstacle);
      send(response, 200, readinessAnswer, { status: 'ready' });
    })
    .all(methodNotAllowed('GET, HEAD'));

  app.use((_request, _response, next) => {
    if (readiness.isDraining) throw stopping();
    next();
  });

  app
    .route(DiscoveryPath.challenges)
    .post((request, response) => {
      rateLimits.challenges.spend(senderOf(request, trust));
      send(response, 201, challengeAnswer, { nonce: registration.challenge(), binding: binding.kind });
    })
    .all(methodNotAllowed('POST'));

  app
    .route(DiscoveryPath.accounts)
    .post(
      (request, _response, next) => {
        rateLimits.registrations.spend(senderOf(request, trust));
        next();
      },
      express.raw({ type: 'application/json', limit: MAX_HTTP_BODY_BYTES, inflate: false }),
      async (request, response) => {
        // express.raw leaves anything but a Buffer where the type is not the one asked for.
        const body: unknown = request.body;
        if (!Buffer.isBuffer(body)) {
          throw new Refusal('bad-request', 'send the body as application/json', 415);
        }
        const { user, created } = await registration.register(body, {
          address: senderOf(request, trust),
          request: ids.of(request),
        });
        send(response, created ? 201 : 200, registrationAnswer, { user });
      },
    )
    .all(methodNotAllowed('POST'));

  app.all(DiscoveryPath.session, (_request, response) => {
    response.set('Upgrade', 'websocket');
    throw new Refusal('bad-request', `connect with a WebSocket, subprotocol ${SESSION_PROTOCOL}`, 426);
  });

  app.use(() => {
    throw new Refusal('not-found', 'there is nothing at this path');
  });
  app.use(errorHandler(parts));
  return app;
}

function send<Schema extends z.ZodMiniType>(
  response: Response,
  status: number,
  _schema: Schema,
  body: z.input<Schema>,
): void {
  response.status(status).json(body);
}

/** Names each request, and writes down and counts how it was answered. */
function account({ ids, metrics, logger }: Pick<HttpParts, 'ids' | 'metrics' | 'logger'>): RequestHandler {
  return (request, response, next) => {
    const id = ids.of(request);
    const { method } = request;
    const route = routeOf(request.path);
    response.set(REQUEST_ID_HEADER, id);
    response.once('finish', () => {
      const { statusCode: status } = response;
      metrics.httpAnswered(route, status);
      logger.debug({ request: id, method, route, status }, `${method} ${route}: ${status}`);
    });
    next();
  };
}

const ROUTES: ReadonlySet<string> = new Set(Object.values(DiscoveryPath));

/** What a path counts as: strangers can ask for any. */
function routeOf(path: string): string {
  return ROUTES.has(path) ? path : 'other';
}

function methodNotAllowed(allowed: string): RequestHandler {
  return (_request, response) => {
    response.set('Allow', allowed);
    throw new Refusal('bad-request', `this path takes ${allowed} only`, 405);
  };
}

function errorHandler({
  ids,
  metrics,
  logger,
}: Pick<HttpParts, 'ids' | 'metrics' | 'logger'>): ErrorRequestHandler {
  // eslint-disable-next-line @typescript-eslint/no-unused-vars -- Express knows an error handler by its four parameters
  return (error: unknown, request, response, _next) => {
    const refusal = asRefusal(error);
    const id = ids.of(request);
    metrics.refused('http', refusal.code);
    if (refusal.status >= 500 && !(error instanceof Refusal)) {
      logger.error({ err: error, request: id }, `a request failed: ${messageOf(error)}`);
    }
    if (response.headersSent) {
      response.destroy();
      return;
    }
    // The rest of a body that was not read would be taken for the next request.
    if (refusal.status === 413 || refusal.status === 429) response.set('Connection', 'close');
    if (refusal.retryAfter !== undefined) response.set('Retry-After', String(refusal.retryAfter));
    response.status(refusal.status).type('json').send(refusalBody(refusal, id));
  };
}

/** What Express and its body parser throw has a status; what it says beyond that is not for strangers. */
function asRefusal(error: unknown): Refusal {
  if (error instanceof Refusal) return error;
  const status = error instanceof Error && 'status' in error ? error.status : undefined;
  if (status === 413) {
    return new Refusal('bad-request', `a body has at most ${MAX_HTTP_BODY_BYTES} bytes`, 413);
  }
  if (status === 415) return new Refusal('bad-request', 'send the body without compression', 415);
  if (typeof status === 'number' && status >= 400 && status < 500) {
    return new Refusal('bad-request', 'the request is malformed', status);
  }
  return new Refusal('unavailable', 'something went wrong in the server', 500);
}
