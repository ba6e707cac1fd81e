import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { addressGroup, siteOf, trustOf } from '../src/address.ts';
import { SITE_FACTOR } from '../src/limits.ts';
import { AddressRateLimit, RateLimit, SiteRateLimit } from '../src/rate-limits.ts';
import { Refusal } from '../src/refusal.ts';
import { AddressTally, Tally } from '../src/tally.ts';

describe('limits by address', () => {
  test('take an IPv4 address as one, mapped or not, and the /64 of an IPv6 address', () => {
    assert.equal(addressGroup('192.0.2.1'), addressGroup('::ffff:192.0.2.1'));
    assert.notEqual(addressGroup('192.0.2.1'), addressGroup('192.0.2.2'));
    assert.equal(addressGroup('2001:db8:1:2::1'), addressGroup('2001:db8:1:2:ffff:ffff:ffff:ffff'));
    assert.notEqual(addressGroup('2001:db8:1:2::1'), addressGroup('2001:db8:1:3::1'));
    assert.equal(addressGroup('fe80::1%eth0'), addressGroup('fe80::2'));
    for (const none of [undefined, '', 'unknown', '_hidden', '1.2.3.4:5678']) {
      assert.equal(addressGroup(none), 'unknown', none);
    }
  });

  test('trust as many proxies as there are, or those that are named', () => {
    const none = trustOf(undefined);
    assert.equal(none('127.0.0.1', 0), false);
    const two = trustOf(2);
    assert.deepEqual(
      [0, 1, 2].map((hop) => two('192.0.2.1', hop)),
      [true, true, false],
    );
    const named = trustOf(['192.0.2.0/24', 'loopback']);
    assert.deepEqual(
      ['192.0.2.7', '127.0.0.1', '::1', '198.51.100.1'].map((address) => named(address, 5)),
      [true, true, true, false],
    );
    assert.throws(() => trustOf(['nginx']), TypeError);
  });

  test('keep a bounded number of counters, however many addresses come', async () => {
    const limit = new AddressRateLimit({ calls: 1, seconds: 3_600 }, { apart: 100, shared: 50 });
    let refused = 0;
    for (let n = 0; n < 2_000; n += 1) {
      await limit.spend(`flood-${n}`).catch((error: unknown) => {
        assert.ok(error instanceof Refusal);
        refused += 1;
      });
    }
    assert.ok(limit.size <= 150, `${limit.size} counters`);
    assert.ok(refused >= 2_000 - 150, `${refused} refused`);
    await assert.rejects(limit.spend('flood-0'), Refusal);
    await limit.giveBack('flood-0');
    await limit.stop();
    assert.equal(limit.size, 0);
  });

  test('say when to come back, and that somebody does not listen', async () => {
    const limit = new RateLimit({ calls: 2, seconds: 30 });
    const verdicts = [];
    for (let call = 0; call < 5; call += 1) verdicts.push(await limit.take('sam'));
    assert.deepEqual(
      verdicts.map(({ granted, deaf }) => ({ granted, deaf })),
      [
        { granted: true, deaf: false },
        { granted: true, deaf: false },
        { granted: false, deaf: false },
        { granted: false, deaf: false },
        { granted: false, deaf: true },
      ],
    );
    assert.ok(verdicts.every(({ retryAfter }) => retryAfter >= 1 && retryAfter <= 30));
    await limit.stop();
    assert.equal((await limit.take('sam')).granted, true);
    await limit.stop();
  });

  test('let in so many at a time, and remember nobody who left', () => {
    const tally = new Tally();
    const first = tally.add('sam', 2);
    const second = tally.add('sam', 2);
    assert.equal(tally.add('sam', 2), undefined);
    assert.ok(first && second);
    first();
    first();
    assert.ok(tally.add('sam', 2));
    assert.equal(tally.add('sam', 2), undefined);
    const other = tally.add('carol', 1);
    other?.();
    assert.equal(tally.size, 1);
  });

  test('let one household have several times what one of its /64s may, and others go on', async () => {
    const at = (site: number, network: number): string => addressGroup(`2001:db8:${site}:${network}::1`);
    assert.equal(siteOf(at(1, 2)), siteOf(at(1, 3)));
    assert.notEqual(siteOf(at(1, 2)), siteOf(at(2, 2)));
    assert.equal(siteOf(addressGroup('192.0.2.1')), undefined);
    assert.equal(siteOf(addressGroup(undefined)), undefined);

    const limit = new SiteRateLimit({ calls: 2, seconds: 60 });
    const tally = new AddressTally();
    const left: (() => void)[] = [];
    for (let network = 0; network < SITE_FACTOR; network += 1) {
      for (let call = 0; call < 2; call += 1) {
        await limit.spend(at(1, network));
        const leave = tally.add(at(1, network), 2);
        assert.ok(leave);
        left.push(leave);
      }
      await assert.rejects(limit.spend(at(1, network)), Refusal);
      assert.equal(tally.add(at(1, network), 2), undefined);
    }
    await limit.giveBack(at(1, 0));
    await limit.spend(at(1, 100));
    await assert.rejects(limit.spend(at(1, 101)), Refusal);
    assert.equal(tally.add(at(1, 100), 2), undefined);
    await limit.spend(at(2, 0));
    assert.ok(tally.add(at(2, 0), 2));
    left[0]?.();
    left[0]?.();
    assert.ok(tally.add(at(1, 101), 2));
    assert.equal(tally.add(at(1, 102), 2), undefined);
    await limit.stop();
  });
});
