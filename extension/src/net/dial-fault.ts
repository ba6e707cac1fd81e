import type { DialFault } from '../core/net-ports.ts';
import { errorCodeOf } from './errors.ts';

/** A step of dialling came to nothing, for a reason that this end knows. */
export class Fault extends Error {
  override readonly name = 'Fault';
  readonly fault: DialFault;

  constructor(fault: DialFault, message: string) {
    super(message);
    this.fault = fault;
  }
}

const FAULTS: Readonly<Record<string, DialFault>> = {
  ECONNREFUSED: 'refused',
  ECONNRESET: 'closed',
  EPIPE: 'closed',
  ETIMEDOUT: 'silent',
  EHOSTUNREACH: 'unreachable',
  ENETUNREACH: 'unreachable',
  EHOSTDOWN: 'unreachable',
  EADDRNOTAVAIL: 'unreachable',
  // A family of addresses that this machine does not have.
  EAFNOSUPPORT: 'unreachable',
};

/** Why a step came to nothing, out of whatever was thrown. */
export function faultOf(error: unknown): DialFault {
  if (error instanceof Fault) return error.fault;
  return FAULTS[errorCodeOf(error)] ?? 'other';
}
