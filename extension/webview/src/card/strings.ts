import { t } from '../l10n.ts';

/** Every text a person reads on a card. */
export const cardStrings = {
  opening: t('Opening…'),
  copy: t('Copy'),
  copied: t('Copied'),
  qrFailed: t('This is too long for a QR code. Use Copy instead.'),

  identity: t('My Identity'),
  identityHint: t(
    'This is who you are to your colleagues. The fingerprint belongs to a key that lies in VS Code’s secret storage on this computer and is never shown.',
  ),
  name: t('Name'),
  noName: t('none yet: go online to choose one'),
  server: t('Discovery server'),
  noServer: t('none yet'),
  fingerprint: t('Fingerprint'),
  identityQr: t('QR code of your identity'),

  verify: (name: string) => t('Verify {0}', name),
  verifyHint: (name: string) =>
    t(
      'Compare these numbers with {0} by phone or in person, or anywhere else where you are sure that it is {0}. ' +
        '{0} sees the same numbers by pressing the shield at the top of the conversation with you. If every group is the same, nobody stands between you.',
      name,
    ),
  safetyNumber: (name: string) => t('Numbers shared with {0}', name),
  verifyQr: (name: string) => t('QR code of the numbers shared with {0}', name),
  changedHint: (name: string) =>
    t(
      'The server now names another identity for {0}, and these are the numbers that you share with that one. ' +
        'Compare them with {0} by phone or in person, or anywhere else where you are sure that it is {0}, but not in this conversation. ' +
        '{0} sees the same numbers by pressing the shield at the top of the conversation with you.',
      name,
    ),
  changedNumber: (name: string) => t('Numbers shared with whoever now uses the name {0}', name),
  changedQr: (name: string) => t('QR code of the numbers shared with whoever now uses the name {0}', name),
  changed: (name: string) =>
    t(
      'Nobody but the server has said yet that this is {0}. If every group is the same, it is: ' +
        'the new identity then takes the place of the old one, is verified, and gets what waits here.',
      name,
    ),
  sameAccept: t('They Are the Same: Accept It'),
  changedDiffersSteps: (name: string) => [
    t('Do not accept this identity: somebody may be pretending to be {0}.', name),
    t('Make sure that both of you look at the conversation with each other, and compare once more.'),
    t('If they still differ, keep the old identity and tell whoever runs your discovery server.'),
  ],
  qrHoldsDigits: t('The code holds the same 60 digits, for the camera of a phone.'),
  same: t('They Are the Same'),
  different: t('They Are Different'),
  takeBack: t('Take Back'),
  unverified: (name: string) => t('You have not compared numbers with {0} yet.', name),
  invited: (name: string) =>
    t('{0} came by an invite, which is as sure as the way it came to you. Comparing makes certain.', name),
  verified: (name: string) => t('Verified: you have compared these numbers with {0}.', name),
  differs: t('The numbers are different: this may be somebody else'),
  differsSteps: (name: string) => [
    t(
      'Do not send anything in this conversation: somebody may be reading along, or pretending to be {0}.',
      name,
    ),
    t('Make sure that both of you look at the conversation with each other, and compare once more.'),
    t('If they still differ, block this contact and tell whoever runs your discovery server.'),
  ],

  invite: t('Invite a Colleague'),
  inviteHint: (server: string) =>
    t(
      'Whoever opens this link in VS Code is set up for {0} and gets you as a first contact. Send it in a way that only your colleague can read.',
      server,
    ),
  link: t('Invite link'),
  inviteQr: t('QR code of the invite link'),
  withCode: t('Put the join code into the invite'),
  warnCode: (server: string) =>
    t('The link holds the join code: whoever has it can make an account on {0}.', server),
  warnNoCode: t('The join code is not in the link: your colleague will be asked for it.'),
  warnPlain: (server: string) =>
    t(
      'The link holds no secret. Whoever can reach {0} and has the link knows your name and identity.',
      server,
    ),
} as const;
