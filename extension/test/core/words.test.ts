import assert from 'node:assert/strict';
import { afterEach, describe, it } from 'node:test';
import { t, useTranslations } from '../../src/core/words.ts';
import { TextTooLongError } from '../../src/core/errors.ts';
import { noContact } from '../../src/core/people.ts';
import { parseServerAddress } from '../../src/net/server-address.ts';

afterEach(() => useTranslations({}));

describe('what the peer says to a person', () => {
  it('is English without a translation', () => {
    assert.equal(t('{0} of {1}', 1, 'two'), '1 of two');
  });

  it('is in the language of VS Code once that is known, with the values where that language has them', () => {
    useTranslations({ '{0} of {1}': 'von {1} {0}' });
    assert.equal(t('{0} of {1}', 1, 'two'), 'von two 1');
    assert.equal(t('Something else'), 'Something else');
  });

  it('has values as they are, whatever is in them', () => {
    assert.equal(t('{0} and {1}', '{1}', '$&'), '{1} and $&');
    assert.equal(t('{0} and {1}', 'one'), 'one and {1}');
  });

  it('goes for what is wrong with a text, with an address and with whom one means', () => {
    useTranslations({
      'This text has {0} bytes; a message has at most {1}.': 'Zu lang: {0}, höchstens {1}.',
      '"{0}" does not begin with http:// or https://.': '„{0}“ beginnt nicht mit http:// oder https://.',
      'This person is not in your contacts.': 'Kein Kontakt.',
    });
    assert.equal(noContact().message, 'Kein Kontakt.');
    assert.match(new TextTooLongError(40_000).message, /^Zu lang: 40,000, höchstens 32,768\.$/);
    assert.throws(() => parseServerAddress('ftp://chat.example.com'), /^DiscoveryError: „ftp:/);
  });
});
