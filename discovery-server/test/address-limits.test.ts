import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { addressGroup, siteOf, trustOf } from '../src/address.ts';
import { SITE_FACTOR } from '../src/limits.ts';
import { AddressRateLimit, RateLimit, SiteRateLimit } from '../src/rate-limits.ts';
import { Refusal } from '../src/refusal.ts';
import { AddressTally, Tally } from '../src/tally.ts';
import { FakeClock } from './fake-clock.ts';

describe('limits by address', () => {
  test('take an IPv4 address as one, mapped or not, and the /64 of an IPv6 address', () => {
    assert.equal(addressGroup('192.0.2.1'), addressGroup('::ffff:192.0.2.1'));
    assert.notEqual(addressGroup('192.0.2.1'), addressGroup('192.0.2.2'));
    assert.equal(addressGroup('2001:db8:1:2::1'), addressGroup('2001:db8:1:2:ffff:ffff:ffff:ffff'));
    assert.notEqual(addressGroup('2001:db8:1:2::1'), addressGroup('2001:db8:1:3::1'));
    assert.equal(addressGroup('fe80::1%eth0'), addressGroup('fe80::2'));
    for (const spelled of ['192.0.02.1', '0xc0.0.2.1', '3221225985', '::FFFF:C000:0201']) {
      assert.equal(addressGroup(spelled), '192.0.2.1', spelled);
    }
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
    const senders = ['127.0.0.1', '127.0.0.1', '198.51.100.1', '198.51.100.1', '127.0.0.1'];
    assert.deepEqual(
      senders.map((address) => named(address, 0)),
      [true, true, false, false, true],
    );
    assert.throws(() => trustOf(['nginx']), TypeError);
  });

  test('keep a bounded number of counters, however many addresses come', () => {
    const clock = new FakeClock();
    const most = { apart: 100, shared: 50 };
    const limit = new AddressRateLimit({ calls: 1, seconds: 3_600 }, () => clock.elapsed(), most);
    let refused = 0;
    for (let n = 0; n < 2_000; n += 1) if (!limit.take(`flood-${n}`).granted) refused += 1;
    assert.ok(limit.size <= 150, `${limit.size} counters`);
    assert.ok(refused >= 2_000 - 150, `${refused} refused`);
    assert.throws(() => limit.spend('flood-0'), Refusal);
    limit.giveBack('flood-0');
    clock.advance(3_600_000);
    assert.equal(limit.size, 0);
  });

  test('say when to come back, and that somebody does not listen', () => {
    const clock = new FakeClock();
    const limit = new RateLimit({ calls: 2, seconds: 30 }, () => clock.elapsed());
    const verdicts = Array.from({ length: 5 }, () => {
      const verdict = limit.take('sam');
      clock.advance(1_000);
      return verdict;
    });
    assert.deepEqual(verdicts, [
      { granted: true, retryAfter: 30, deaf: false },
      { granted: true, retryAfter: 29, deaf: false },
      { granted: false, retryAfter: 28, deaf: false },
      { granted: false, retryAfter: 27, deaf: false },
      { granted: false, retryAfter: 26, deaf: true },
    ]);
  });

  test('count everybody anew when a window is over, and remember nobody who does not come back', () => {
    const clock = new FakeClock();
    const limit = new RateLimit({ calls: 1, seconds: 30 }, () => clock.elapsed());
    clock.advance(100_000);
    limit.spend('sam');
    clock.advance(29_999);
    limit.spend('carol');
    assert.throws(() => limit.spend('sam'), Refusal);
    clock.advance(1);
    limit.forget();
    assert.equal(limit.size, 0);
    limit.giveBack('carol');
    for (const name of ['sam', 'carol']) {
      limit.spend(name);
      assert.throws(() => limit.spend(name), Refusal);
    }
  });

  test('count no call that was given back, and give back none that was not spent', () => {
    const clock = new FakeClock();
    const limit = new RateLimit({ calls: 1, seconds: 30 }, () => clock.elapsed());
    limit.giveBack('sam');
    limit.spend('sam');
    limit.giveBack('sam');
    limit.spend('sam');
    assert.throws(() => limit.spend('sam'), Refusal);
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

  test('let one household have several times what one of its /64s may, and others go on', () => {
    const at = (site: number, network: number): string => addressGroup(`2001:db8:${site}:${network}::1`);
    assert.equal(siteOf(at(1, 2)), siteOf(at(1, 3)));
    assert.notEqual(siteOf(at(1, 2)), siteOf(at(2, 2)));
    assert.equal(siteOf(addressGroup('192.0.2.1')), undefined);
    assert.equal(siteOf(addressGroup(undefined)), undefined);

    const limit = new SiteRateLimit({ calls: 2, seconds: 60 }, () => 0);
    const tally = new AddressTally();
    const left: (() => void)[] = [];
    for (let network = 0; network < SITE_FACTOR; network += 1) {
      for (let call = 0; call < 2; call += 1) {
        limit.spend(at(1, network));
        const leave = tally.add(at(1, network), 2);
        assert.ok(leave);
        left.push(leave);
      }
      assert.throws(() => limit.spend(at(1, network)), Refusal);
      assert.equal(tally.add(at(1, network), 2), undefined);
    }
    limit.giveBack(at(1, 0));
    limit.spend(at(1, 100));
    assert.throws(() => limit.spend(at(1, 101)), Refusal);
    assert.equal(tally.add(at(1, 100), 2), undefined);
    limit.spend(at(2, 0));
    assert.ok(tally.add(at(2, 0), 2));
    left[0]?.();
    left[0]?.();
    assert.ok(tally.add(at(1, 101), 2));
    assert.equal(tally.add(at(1, 102), 2), undefined);
  });
});
