// The attacks of `link-frames.test.ts`, through a relay.
import './through-the-relay.ts';
import './link-frames.test.ts';
