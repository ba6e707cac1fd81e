import { t } from './l10n.ts';

/** Every text a person reads in the page, as a function where it depends on something. Nothing else holds a sentence. */
export const strings = {
  loading: t('Opening the conversation…'),

  conversation: (name: string) => t('Conversation with {0}', name),
  beginning: (name: string) => t('This is the beginning of your conversation with {0}.', name),
  beginningHint: (name: string) =>
    t(
      'Messages go straight from your editor to {0}’s, encrypted. The discovery server never sees them.',
      name,
    ),
  notFound: t('That message cannot be shown: it is too far up, or it was deleted.'),
  loadingOlder: t('Loading older messages…'),
  jumpToLatest: t('Jump to latest'),
  newCount: (count: number) => (count === 1 ? t('1 new message') : t('{0} new messages', count)),
  /** For screen readers, when it comes. */
  said: (name: string, text: string) => t('{0}: {1}', name, text),
  newMessages: t('New'),
  newMessagesLabel: t('New messages'),
  sentWhileAway: t('Sent while you were away'),

  people: t('People'),
  typing: (name: string) => t('{0} is writing…', name),
  noFiles: t('Pictures and files cannot be sent. Send a link to where they are.'),
  deleted: t('This message was deleted.'),
  edited: t('edited'),
  /** What one replies to is not here. */
  notHere: t('A message that is not here any longer'),
  replyTo: (name: string, text: string) => t('In reply to {0}: {1}', name, text),
  replyToYou: (text: string) => t('In reply to you: {0}', text),
  showsOriginal: t('Shows that message'),
  replying: (name: string) => t('Replying to {0}', name),
  replyingToYourself: t('Replying to yourself'),
  editing: t('Editing'),
  /** `what` is one of the three before. */
  cancelAbout: (what: string) => t('Cancel: {0} (Escape)', what),
  actions: t('Actions for this message'),
  actionsHint: t(
    'Arrow keys go from message to message, Enter to what can be done with one, Tab to what it holds.',
  ),
  reply: t('Reply'),
  edit: t('Edit'),
  delete: t('Delete'),
  react: (emoji: string) => t('React with {0}', emoji),
  moreReactions: t('More Reactions…'),
  filterEmoji: t('Filter emoji by name'),
  noEmoji: t('No emoji is called so.'),
  reactions: t('Reactions'),
  reactedByYou: (emoji: string) => t('{0} by you. Press to take it away.', emoji),
  reactedBy: (emoji: string, name: string) => t('{0} by {1}. Press to add yours.', emoji, name),
  reactedByBoth: (emoji: string, name: string) =>
    t('{0} by you and {1}. Press to take yours away.', emoji, name),

  today: t('Today'),
  yesterday: t('Yesterday'),
  /** A time on another day than the one it stands under. */
  dayAndTime: (day: string, time: string) => t('{0}, {1}', day, time),
  writtenAt: (moment: string) => t('Written {0}', moment),
  writtenAndArrived: (written: string, arrived: string) => t('Written {0}, arrived {1}', written, arrived),

  online: t('online'),
  offline: t('offline'),
  unknownPresence: t('unknown'),
  onlineTitle: (name: string) => t('{0} is online.', name),
  directTitle: (name: string) => t('{0} is online, and connected with you directly.', name),
  relayedTitle: (name: string) =>
    t(
      '{0} is online, and connected with you through the discovery server, which cannot read what you say. A direct connection is tried now and then.',
      name,
    ),
  offlineTitle: (name: string) =>
    t('{0} is offline. Messages are held and will be sent when {0} is back.', name),
  unknownPresenceTitle: (name: string) =>
    t(
      'The discovery server cannot be asked now whether {0} is online. Messages are sent as soon as {0} can be reached.',
      name,
    ),
  statusTitle: (name: string, status: string) => t('What {0} says of themselves: {1}', name, status),
  lastSeenNow: t('last seen just now'),
  lastSeenMinutes: (minutes: number) => t('last seen {0} min ago', minutes),
  lastSeenToday: (time: string) => t('last seen today at {0}', time),
  lastSeenYesterday: (time: string) => t('last seen yesterday at {0}', time),
  lastSeenOn: (day: string) => t('last seen {0}', day),

  /** For somebody whom no directory names; `id` is what stands for the name, shortened. */
  unknownPerson: (id: string) => t('Unknown person {0}', id),
  unknownPersonAlone: t('Unknown person'),

  /** Beside the beginning of a fingerprint. */
  namesake: (name: string) =>
    t('There is another {0}: this is how the fingerprint of this one begins.', name),

  notVerified: t('Not verified'),
  notVerifiedTitle: (name: string) =>
    t(
      'The discovery server said that this is {0}, and nobody has checked it yet. ' +
        'The identity of this first contact is remembered: from now on nobody else can take {0}’s place.',
      name,
    ),
  invited: t('From an invite'),
  invitedTitle: (name: string) =>
    t('An invite said that this is {0}: that is as sure as the way the invite came to you.', name),
  verified: t('Verified'),
  /** Instead of these three, while another identity claims the name. */
  changed: t('Identity changed'),
  verifiedTitle: (name: string) => t('You have compared numbers with {0}: this is really {0}.', name),
  unnamedTitle: t(
    'No discovery server could say who this is. Only the identity is known, and nobody else can take its place.',
  ),
  /** The button that shows the trust: what it shows, and what it does. */
  trustAndVerify: (trust: string, does: string) => t('{0}. {1}', trust, does),
  verify: (name: string) => t('Verify {0}', name),
  showVerification: (name: string) => t('Show the numbers shared with {0}', name),

  request: (name: string) => t('{0} wants to write to you', name),
  requestHint: (name: string) =>
    t(
      'Accept, and you can write to each other. Ignore deletes these messages and refuses what follows. ' +
        'Block, and to {0} you will seem to be away.',
      name,
    ),
  accept: t('Accept'),
  ignore: t('Ignore'),
  block: t('Block'),
  ignored: (name: string) => t('You ignored {0}’s request', name),
  ignoredHint: (name: string) =>
    t('What {0} writes is refused. Accept, and you can write to each other.', name),
  blocked: (name: string) => t('You blocked {0}', name),
  blockedHint: (name: string) =>
    t('Nothing that {0} writes reaches you, and to {0} you seem to be away.', name),
  unblock: t('Unblock'),

  identityChanged: (name: string) => t('The server now names another identity for {0}', name),
  identityChangedHint: (name: string) =>
    t(
      '{0} may have set up P2P Chat anew, or somebody may be trying to take {0}’s place. ' +
        'Your messages wait here and are sent to nobody until you decide. Ask {0} in another way before you accept.',
      name,
    ),
  verifiedIdentityChanged: (name: string) => t('Warning: this may not be {0}', name),
  verifiedIdentityChangedHint: (name: string) =>
    t(
      'You had verified {0}, and now the server names another identity under this name, without a word from the one that you verified. ' +
        'Somebody may be trying to take {0}’s place and to read what you write. ' +
        'Your messages wait here and are sent to nobody until you decide. Do not accept before you have asked {0} by phone or in person.',
      name,
    ),
  compareFirst: t('Compare First'),
  keepIdentity: t('Keep the Old One'),
  acceptIdentity: t('Accept the New Identity'),
  waitsForDecision: (name: string) =>
    t('What you send waits until you have decided about {0}’s identity.', name),

  youAreOffline: t('You are offline. Messages are held until you go online.'),
  goOnline: t('Go Online'),

  held: t('held'),
  heldTitle: (name: string) => t('Stored here. It will be sent by itself when {0} can be reached.', name),
  heldForDecisionTitle: (name: string) =>
    t('Stored here. It waits until you have decided about {0}’s identity.', name),
  sending: t('sending'),
  sendingTitle: (name: string) => t('Stored here and on its way to {0}.', name),
  whyNotDelivered: (state: string) => t('{0}: why is it not delivered?', state),
  delivered: t('delivered'),
  deliveredTitle: (name: string) => t('Stored in {0}’s editor.', name),
  read: t('read'),
  readTitle: (name: string) => t('{0} has seen it.', name),
  refused: (why: string) => t('refused: {0}', why),
  refusedTooLarge: (name: string) => t('the text is too large for {0}’s version of P2P Chat', name),
  refusedMalformed: (name: string) => t('{0}’s version of P2P Chat could not read it', name),
  refusedUnavailable: (name: string) => t('{0} does not take this message', name),
  refusedOtherIdentity: t(
    'it was written under an identity that this VS Code no longer has. Import that identity, and it will be sent',
  ),
  refusedUnknown: t('no reason was given'),
  newerVersion: t('This message needs a newer version of P2P Chat.'),

  justConnected: (name: string) => t('{0} just connected', name),
  isAway: (name: string) => t('{0} is offline. Messages are held and will be sent when {0} is back', name),
  missing: (name: string, count: number) =>
    count === 1
      ? t('1 message from {0} is missing: {0} no longer has it and it cannot be sent again', name)
      : t(
          '{0} messages from {1} are missing: {1} no longer has them and they cannot be sent again',
          count,
          name,
        ),

  identityReplaced: (name: string) =>
    t('{0} has a new identity. The old one signed it over, so this is the same person as before', name),
  verifiedIdentityReplaced: (name: string) =>
    t(
      'You had verified {0}, and that counted for the identity before. It signed this new one over: ' +
        'compare numbers again before you rely on it, and if {0} knows nothing of a new identity, somebody has the old key',
      name,
    ),
  identityChangedLine: (name: string) =>
    t('The server named another identity for {0}, without a word from the one that you know', name),
  identityAccepted: (name: string) => t('You accepted the new identity of {0}', name),
  identityKept: (name: string) => t('You kept the identity of {0} that you know', name),
  renamed: (name: string, before: string) => t('{0} is now called {1}', before, name),

  emoji: t('Emoji'),

  copyCode: t('Copy Code'),
  copied: t('Copied'),
  openCode: t('Open Code in Editor'),

  messageBox: (name: string) => t('Message {0}', name),
  send: t('Send'),
  sendTitle: t('Send (Enter)'),
  boxHint: t('Enter to send, Shift+Enter for a new line'),
  editHint: t('Enter to save, Escape to cancel'),
  tooLong: (size: string, limit: string) => t('This text has {0}; at most {1} can be sent.', size, limit),
  kib: (amount: string) => t('{0} KiB', amount),
} as const;
