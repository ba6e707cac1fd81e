import type { Card } from '../../../src/card-api.ts';

const FINGERPRINT = '0123456789abcdef'.repeat(4);
export const DIGITS = '12345678901234567890'.repeat(3);
export const SERVER = 'https://chat.example.com:8000';
export const LINK = `vscode://p2p-chat.p2p-chat/join?v=1&server=${encodeURIComponent(SERVER)}&key=${FINGERPRINT}&name=Carol&identity=${FINGERPRINT}`;

export const identity: Extract<Card, { type: 'identity' }> = {
  type: 'identity',
  name: 'Carol',
  server: SERVER,
  fingerprint: FINGERPRINT,
  qr: FINGERPRINT,
};
export const verify: Extract<Card, { type: 'verify' }> = {
  type: 'verify',
  name: 'Carol',
  trust: 'unverified',
  of: 'contact',
  digits: DIGITS,
  qr: DIGITS,
};
export const changed: Extract<Card, { type: 'verify' }> = { ...verify, of: 'changed', trust: 'verified' };
export const invite: Extract<Card, { type: 'invite' }> = {
  type: 'invite',
  link: LINK,
  name: 'Sam',
  server: SERVER,
  joinCode: 'included',
  qr: LINK,
};
