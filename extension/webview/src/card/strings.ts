/** Every text a person reads on a card. */
export const cardStrings = {
  opening: 'Opening…',
  copy: 'Copy',
  copied: 'Copied',
  qrFailed: 'This is too long for a QR code. Use Copy instead.',

  identity: 'My Identity',
  identityHint:
    'This is who you are to your colleagues. The fingerprint belongs to a key that lies in VS Code’s secret storage on this machine and is never shown.',
  name: 'Name',
  noName: 'none yet: go online to choose one',
  server: 'Discovery server',
  noServer: 'none yet',
  fingerprint: 'Fingerprint',
  identityQr: 'QR code of your identity',

  verify: (name: string) => `Verify ${name}`,
  verifyHint: (name: string) =>
    `Compare these numbers with ${name} by phone or in person, or anywhere else where you are sure that it is ${name}. ` +
    `${name} sees the same numbers by pressing the shield at the top of the conversation with you. If every group is the same, nobody stands between you.`,
  safetyNumber: (name: string) => `Numbers shared with ${name}`,
  verifyQr: (name: string) => `QR code of the numbers shared with ${name}`,
  changedHint: (name: string) =>
    `The server now names another identity for ${name}, and these are the numbers that you share with that one. ` +
    `Compare them with ${name} by phone or in person, or anywhere else where you are sure that it is ${name}, but not in this conversation. ` +
    `${name} sees the same numbers by pressing the shield at the top of the conversation with you.`,
  changedNumber: (name: string) => `Numbers shared with whoever now uses the name ${name}`,
  changedQr: (name: string) => `QR code of the numbers shared with whoever now uses the name ${name}`,
  changed: (name: string) =>
    `Nobody but the server has said yet that this is ${name}. If every group is the same, it is: ` +
    `the new identity then takes the place of the old one, is verified, and gets what waits here.`,
  sameAccept: 'They Are the Same: Accept It',
  changedDiffersSteps: (name: string) => [
    `Do not accept this identity: somebody may be pretending to be ${name}.`,
    `Make sure that both of you look at the conversation with each other, and compare once more.`,
    `If they still differ, keep the old identity and tell whoever runs your discovery server.`,
  ],
  qrHoldsDigits: 'The code holds the same 60 digits, for the camera of a phone.',
  same: 'They Are the Same',
  different: 'They Are Different',
  takeBack: 'Take Back',
  unverified: (name: string) => `You have not compared numbers with ${name} yet.`,
  invited: (name: string) =>
    `${name} came by an invite, which is as sure as the way it came to you. Comparing makes certain.`,
  verified: (name: string) => `Verified: you have compared these numbers with ${name}.`,
  differs: 'The numbers are different: this may be somebody else',
  differsSteps: (name: string) => [
    `Do not send anything in this conversation: somebody may be reading along, or pretending to be ${name}.`,
    `Make sure that both of you look at the conversation with each other, and compare once more.`,
    `If they still differ, block this contact and tell whoever runs your discovery server.`,
  ],

  invite: 'Invite a Colleague',
  inviteHint: (server: string) =>
    `Whoever opens this link in VS Code is set up for ${server} and gets you as a first contact. Send it in a way that only your colleague can read.`,
  link: 'Invite link',
  inviteQr: 'QR code of the invite link',
  withCode: 'Put the join code into the invite',
  warnCode: (server: string) =>
    `The link holds the join code: whoever has it can make an account on ${server}.`,
  warnNoCode: 'The join code is not in the link: your colleague will be asked for it.',
  warnPlain: (server: string) =>
    `The link holds no secret. Whoever can reach ${server} and has the link knows your name and identity.`,
} as const;
