// The attacks of `listener.test.ts`, through a relay.
import './through-the-relay.ts';
import './listener.test.ts';
