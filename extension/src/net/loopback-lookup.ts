import type { LookupFunction } from 'node:net';

const IPV4 = { address: '127.0.0.1', family: 4 };
const ADDRESSES = [IPV4, { address: '::1', family: 6 }];

/**
 * Where `localhost` is, without asking a resolver: one that answers with another machine would have everything that
 * plain HTTP carries sent over the network. IP literals are never looked up.
 */
export const loopbackLookup: LookupFunction = (_hostname, { all }, callback) => {
  if (all === true) callback(null, [...ADDRESSES]);
  else callback(null, IPV4.address, IPV4.family);
};
