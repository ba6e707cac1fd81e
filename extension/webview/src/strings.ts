/**
 * Every text a person reads in the page, as a function where it depends on something. Nothing else holds a sentence,
 * so translating the page is replacing this one object.
 */
export const strings = {
  loading: 'Opening the conversation…',

  conversation: (name: string) => `Conversation with ${name}`,
  beginning: (name: string) => `This is the beginning of your conversation with ${name}.`,
  beginningHint: (name: string) =>
    `Messages go straight from your editor to ${name}’s, encrypted. The discovery server never sees them.`,
  notFound: 'That message cannot be shown: it is too far up, or it was deleted.',
  loadingOlder: 'Loading older messages…',
  jumpToLatest: 'Jump to latest',
  newCount: (count: number) => (count === 1 ? '1 new message' : `${count} new messages`),
  /** For screen readers, when it comes. */
  said: (name: string, text: string) => `${name}: ${text}`,
  newMessages: 'New',
  newMessagesLabel: 'New messages',
  sentWhileAway: 'Sent while you were away',

  today: 'Today',
  yesterday: 'Yesterday',
  /** A time on another day than the one it stands under. */
  dayAndTime: (day: string, time: string) => `${day}, ${time}`,
  writtenAt: (moment: string) => `Written ${moment}`,
  writtenAndArrived: (written: string, arrived: string) => `Written ${written}, arrived ${arrived}`,

  online: 'online',
  offline: 'offline',
  unknownPresence: 'unknown',
  onlineTitle: (name: string) => `${name} is online.`,
  offlineTitle: (name: string) =>
    `${name} is offline. Messages are held and will be sent when ${name} is back.`,
  unknownPresenceTitle: (name: string) =>
    `The discovery server cannot be asked now whether ${name} is online. Messages are sent as soon as ${name} can be reached.`,
  lastSeenNow: 'last seen just now',
  lastSeenMinutes: (minutes: number) => `last seen ${minutes} min ago`,
  lastSeenToday: (time: string) => `last seen today at ${time}`,
  lastSeenYesterday: (time: string) => `last seen yesterday at ${time}`,
  lastSeenOn: (day: string) => `last seen ${day}`,

  /** For somebody whom no directory names; `id` is what stands for the name, shortened. */
  unknownPerson: (id: string) => `Unknown person ${id}`,
  unknownPersonAlone: 'Unknown person',

  /** Beside the beginning of a fingerprint. */
  namesake: (name: string) => `There is another ${name}: this is how the fingerprint of this one begins.`,

  notVerified: 'Not verified',
  notVerifiedTitle: (name: string) =>
    `The discovery server said that this is ${name}, and nobody has checked it yet. ` +
    `The identity of this first contact is remembered: from now on nobody else can take ${name}’s place.`,
  invited: 'From an invite',
  invitedTitle: (name: string) =>
    `An invite said that this is ${name}: that is as sure as the way the invite came to you.`,
  verified: 'Verified',
  verifiedTitle: (name: string) => `You have compared numbers with ${name}: this is really ${name}.`,
  unnamedTitle:
    'No discovery server could say who this is. Only the identity is known, and nobody else can take its place.',
  /** The button that shows the trust: what it shows, and what it does. */
  trustAndVerify: (trust: string, does: string) => `${trust}. ${does}`,
  verify: (name: string) => `Verify ${name}`,
  showVerification: (name: string) => `Show the numbers shared with ${name}`,

  request: (name: string) => `${name} wants to write to you`,
  requestHint: (name: string) =>
    `Accept, and you can write to each other. Ignore deletes these messages and refuses what follows. ` +
    `Block, and to ${name} you will seem to be away.`,
  accept: 'Accept',
  ignore: 'Ignore',
  block: 'Block',
  ignored: (name: string) => `You ignored ${name}’s request`,
  ignoredHint: (name: string) => `What ${name} writes is refused. Accept, and you can write to each other.`,
  blocked: (name: string) => `You blocked ${name}`,
  blockedHint: (name: string) =>
    `Nothing that ${name} writes reaches you, and to ${name} you seem to be away.`,
  unblock: 'Unblock',

  identityChanged: (name: string) => `The server now names another identity for ${name}`,
  identityChangedHint: (name: string) =>
    `${name} may have set up P2P Chat anew, or somebody may be trying to take ${name}’s place. ` +
    `Your messages wait here and are sent to nobody until you decide. Ask ${name} in another way before you accept.`,
  verifiedIdentityChanged: (name: string) => `Warning: this may not be ${name}`,
  verifiedIdentityChangedHint: (name: string) =>
    `You had verified ${name}, and now the server names another identity under this name, without a word from the one that you verified. ` +
    `Somebody may be trying to take ${name}’s place and to read what you write. ` +
    `Your messages wait here and are sent to nobody until you decide. Do not accept before you have asked ${name} by phone or in person.`,
  compareFirst: 'Compare First',
  keepIdentity: 'Keep the Old One',
  acceptIdentity: 'Accept the New Identity',
  waitsForDecision: (name: string) => `What you send waits until you have decided about ${name}’s identity.`,

  youAreOffline: 'You are offline. Messages are held until you go online.',
  goOnline: 'Go Online',

  held: 'held',
  heldTitle: (name: string) => `Stored here. It will be sent by itself when ${name} can be reached.`,
  heldForDecisionTitle: (name: string) =>
    `Stored here. It waits until you have decided about ${name}’s identity.`,
  sending: 'sending',
  sendingTitle: (name: string) => `Stored here and on its way to ${name}.`,
  delivered: 'delivered',
  deliveredTitle: (name: string) => `Stored in ${name}’s editor.`,
  read: 'read',
  readTitle: (name: string) => `${name} has seen it.`,
  refused: (why: string) => `refused: ${why}`,
  refusedTooLarge: (name: string) => `the text is too large for ${name}’s version of P2P Chat`,
  refusedMalformed: (name: string) => `${name}’s version of P2P Chat could not read it`,
  refusedUnavailable: (name: string) => `${name} does not take this message`,
  refusedOtherIdentity:
    'it was written under an identity that this VS Code no longer has. Import that identity, and it will be sent',
  refusedUnknown: 'no reason was given',
  newerVersion: 'This message needs a newer version of P2P Chat.',

  justConnected: (name: string) => `${name} just connected`,
  isAway: (name: string) => `${name} is offline. Messages are held and will be sent when ${name} is back`,
  missing: (name: string, count: number) =>
    count === 1
      ? `1 message from ${name} is missing: ${name} no longer has it and it cannot be sent again`
      : `${count} messages from ${name} are missing: ${name} no longer has them and they cannot be sent again`,

  identityReplaced: (name: string) =>
    `${name} has a new identity. The old one signed it over, so this is the same person as before`,
  verifiedIdentityReplaced: (name: string) =>
    `You had verified ${name}, and that counted for the identity before. It signed this new one over: ` +
    `compare numbers again before you rely on it, and if ${name} knows nothing of a new identity, somebody has the old key`,
  identityChangedLine: (name: string) =>
    `The server named another identity for ${name}, without a word from the one that you know`,
  identityAccepted: (name: string) => `You accepted the new identity of ${name}`,
  identityKept: (name: string) => `You kept the identity of ${name} that you know`,
  renamed: (name: string, before: string) => `${before} is now called ${name}`,

  emoji: 'Emoji',

  copyCode: 'Copy Code',
  copied: 'Copied',
  openCode: 'Open Code in Editor',

  messageBox: (name: string) => `Message ${name}`,
  send: 'Send',
  sendTitle: 'Send (Enter)',
  boxHint: 'Enter to send, Shift+Enter for a new line',
  tooLong: (size: string, limit: string) => `This text has ${size}; at most ${limit} can be sent.`,
  kib: (amount: string) => `${amount} KiB`,
} as const;
