import { Victim } from './victim.ts';

/** To be imported before attacks: whoever comes to the victim comes through the relay of its discovery server. */
Victim.through = 'relay';
