// The attacks of `contact.test.ts`, through a relay.
import './through-the-relay.ts';
import './contact.test.ts';
