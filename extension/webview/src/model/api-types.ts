import type { PageMessage } from '../../../src/page-api.ts';
import type { HostMessage } from '../../../src/panel-api.ts';

/** The parts of the host's messages that the page keeps, named. */
export type FullState = Extract<HostMessage, { type: 'state' }>;
export type Contact = FullState['contact'];
export type Message = FullState['messages'][number];
export type Notice = FullState['notices'][number];
export type Refusal = NonNullable<Message['refused']>;
export type About = NonNullable<Extract<PageMessage, { type: 'send' }>['about']>;
export type Change = Extract<PageMessage, { type: 'change' }>['change'];
export type { Draft } from '../../../src/panel-api.ts';
export type Decision = Extract<PageMessage, { type: 'decide' }>['decision'];
