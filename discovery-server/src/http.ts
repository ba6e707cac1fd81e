import express, { type ErrorRequestHandler, type Express, type RequestHandler, type Response } from 'express';
import helmet from 'helmet';
import type { Logger } from 'pino';
import type * as z from 'zod';
import {
  challengeAnswer,
  DiscoveryPath,
  health,
  registrationAnswer,
  SESSION_PROTOCOL,
} from '@p2p-chat/protocol/discovery';
import { MAX_HTTP_BODY_BYTES } from '@p2p-chat/protocol/limits';
import { senderOf, type Trust } from './address.ts';
import type { Binding } from './binding.ts';
import { messageOf } from './errors.ts';
import { type AllowedHosts, refuseBrowsers } from './guard.ts';
import type { RateLimits } from './rate-limits.ts';
import { Refusal, refusalBody } from './refusal.ts';
import type { Registration } from './registration.ts';

/** What the routes need of the server. */
export interface HttpParts {
  readonly binding: Binding;
  readonly hosts: AllowedHosts;
  readonly trust: Trust;
  readonly rateLimits: Pick<RateLimits, 'httpCalls' | 'challenges' | 'registrations'>;
  readonly registration: Registration;
  readonly health: () => z.input<typeof health>;
  readonly logger: Logger;
}

/** The routes: health and registration. Every answer is JSON, errors included. */
export function createApp(parts: HttpParts): Express {
  const { registration, health: currentHealth, logger, binding, hosts, trust, rateLimits } = parts;
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
  app.use(async (request, response, next) => {
    response.set('Cache-Control', 'no-store');
    await rateLimits.httpCalls.spend(senderOf(request, trust));
    const refusal = refuseBrowsers(request.headers, hosts);
    if (refusal !== undefined) throw refusal;
    next();
  });

  app
    .route(DiscoveryPath.health)
    .get((_request, response) => send(response, 200, health, currentHealth()))
    .all(methodNotAllowed('GET, HEAD'));

  app
    .route(DiscoveryPath.challenges)
    .post(async (request, response) => {
      await rateLimits.challenges.spend(senderOf(request, trust));
      send(response, 201, challengeAnswer, { nonce: registration.challenge(), binding: binding.kind });
    })
    .all(methodNotAllowed('POST'));

  app
    .route(DiscoveryPath.accounts)
    .post(
      async (request, _response, next) => {
        await rateLimits.registrations.spend(senderOf(request, trust));
        next();
      },
      express.raw({ type: 'application/json', limit: MAX_HTTP_BODY_BYTES, inflate: false }),
      async (request, response) => {
        // express.raw leaves anything but a Buffer where the type is not the one asked for.
        const body: unknown = request.body;
        if (!Buffer.isBuffer(body)) {
          throw new Refusal('bad-request', 'send the body as application/json', 415);
        }
        const { user, created } = await registration.register(body, senderOf(request, trust));
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
  app.use(errorHandler(logger));
  return app;
}

function send<Schema extends z.ZodType>(
  response: Response,
  status: number,
  _schema: Schema,
  body: z.input<Schema>,
): void {
  response.status(status).json(body);
}

function methodNotAllowed(allowed: string): RequestHandler {
  return (_request, response) => {
    response.set('Allow', allowed);
    throw new Refusal('bad-request', `this path takes ${allowed} only`, 405);
  };
}

function errorHandler(logger: Logger): ErrorRequestHandler {
  // eslint-disable-next-line @typescript-eslint/no-unused-vars -- Express knows an error handler by its four parameters
  return (error: unknown, _request, response, _next) => {
    const refusal = asRefusal(error);
    if (refusal.status >= 500 && !(error instanceof Refusal)) {
      logger.error({ err: error }, `a request failed: ${messageOf(error)}`);
    }
    if (response.headersSent) {
      response.destroy();
      return;
    }
    // The rest of a body that was not read would be taken for the next request.
    if (refusal.status === 413 || refusal.status === 429) response.set('Connection', 'close');
    if (refusal.retryAfter !== undefined) response.set('Retry-After', String(refusal.retryAfter));
    response.status(refusal.status).type('json').send(refusalBody(refusal));
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
