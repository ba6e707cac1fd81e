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
  loadingOlder: 'Loading older messages…',
  jumpToLatest: 'Jump to latest',
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

  notVerified: 'not verified',
  notVerifiedTitle: (name: string) =>
    `The discovery server said that this is ${name}, and nobody has checked it yet. ` +
    `The key of this first contact is remembered: from now on nobody else can take ${name}’s place.`,
  verified: 'verified',
  verifiedTitle: (name: string) => `You have checked that this is ${name}.`,

  youAreOffline: 'You are offline. Messages are held until you go online.',
  goOnline: 'Go Online',

  held: 'held',
  heldTitle: (name: string) => `Stored here. It will be sent by itself when ${name} can be reached.`,
  sending: 'sending',
  sendingTitle: (name: string) => `Stored here and on its way to ${name}.`,
  delivered: 'delivered',
  deliveredTitle: (name: string) => `Stored in ${name}’s editor.`,
  refused: (why: string) => `refused: ${why}`,
  refusedTooLarge: (name: string) => `the text is too large for ${name}’s version of P2P Chat`,
  refusedMalformed: (name: string) => `${name}’s version of P2P Chat could not read it`,
  refusedUnavailable: (name: string) => `${name} is not available to you`,
  refusedUnknown: 'no reason was given',
  newerVersion: 'This message needs a newer version of P2P Chat.',

  justConnected: (name: string) => `${name} just connected`,
  isAway: (name: string) => `${name} is offline. Messages are held and will be sent when ${name} is back`,
  missing: (name: string, count: number) =>
    count === 1
      ? `1 message from ${name} is missing: ${name} no longer has it and it cannot be sent again`
      : `${count} messages from ${name} are missing: ${name} no longer has them and they cannot be sent again`,

  messageBox: (name: string) => `Message ${name}`,
  send: 'Send',
  sendTitle: 'Send (Enter)',
  boxHint: 'Enter to send, Shift+Enter for a new line',
  tooLong: (size: string, limit: string) => `This text has ${size}; at most ${limit} can be sent.`,
  kib: (amount: string) => `${amount} KiB`,
} as const;
