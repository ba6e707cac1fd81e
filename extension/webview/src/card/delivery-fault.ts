import type { DialFault, LinkStep } from '../../../src/delivery-api.ts';
import { deliveryStrings as strings } from './delivery-strings.ts';

/** Why an address came to nothing at a step, in a sentence. */
export function faultSentence(step: LinkStep, fault: DialFault, name: string): string {
  if (fault === 'forbidden') return strings.notDialled;
  switch (step) {
    case 'tcp':
      return tcpSentence(fault);
    case 'tls':
      return fault === 'silent' ? strings.saidNothing : strings.otherProgram;
    case 'identity':
      return fault === 'somebody-else' ? strings.somebodyElse(name) : strings.unproven(name);
    case 'websocket':
    case 'hello':
      return fault === 'silent' ? strings.noHello(name) : strings.endedBefore(name);
  }
}

function tcpSentence(fault: DialFault): string {
  switch (fault) {
    case 'refused':
      return strings.portShut;
    case 'silent':
      return strings.nothingAnswered;
    case 'unreachable':
      return strings.noWay;
    case 'forbidden':
    case 'closed':
    case 'somebody-else':
    case 'other':
      return strings.notConnected;
  }
}
