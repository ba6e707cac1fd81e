/** The part of proxy-addr that is used here; the package brings no types of its own. */
declare module 'proxy-addr' {
  import type { IncomingMessage } from 'node:http';

  type Trust = (address: string, hop: number) => boolean;

  interface ProxyAddr {
    /** The address of whoever sent a request: the first one, from the socket on, that is not trusted. */
    (request: IncomingMessage, trust: Trust): string;
    /**
     * Whom to trust: addresses, subnets, or `loopback`, `linklocal`, `uniquelocal`.
     * @throws {TypeError} for anything else
     */
    compile(trusted: readonly string[]): Trust;
  }

  const proxyAddr: ProxyAddr;
  export default proxyAddr;
}
