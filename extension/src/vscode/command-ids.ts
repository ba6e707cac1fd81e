/** Commands that the session does: it is loaded when one of them is run. */
const ofSession = {
  goOnline: 'p2pChat.goOnline',
  goOffline: 'p2pChat.goOffline',
  changeAccount: 'p2pChat.changeAccount',
  renameAccount: 'p2pChat.renameAccount',
  deleteAccount: 'p2pChat.deleteAccount',
  setStatus: 'p2pChat.setStatus',
  showIdentity: 'p2pChat.showIdentity',
  exportIdentity: 'p2pChat.exportIdentity',
  importIdentity: 'p2pChat.importIdentity',
  replaceIdentity: 'p2pChat.replaceIdentity',
  startServer: 'p2pChat.startServer',
  stopServer: 'p2pChat.stopServer',
  invite: 'p2pChat.invite',
  join: 'p2pChat.join',
  exportConversation: 'p2pChat.exportConversation',
  searchMessages: 'p2pChat.searchMessages',
  searchConversation: 'p2pChat.searchConversation',
  /** Of the menu of a message in a chat. */
  copyLink: 'p2pChat.copyLink',
  copyMessage: 'p2pChat.copyMessage',
  replyToMessage: 'p2pChat.replyToMessage',
  editMessage: 'p2pChat.editMessage',
  deleteMessage: 'p2pChat.deleteMessage',
  /** About people: whoever a menu was opened at; else somebody chosen from a list. */
  verify: 'p2pChat.verify',
  acceptRequest: 'p2pChat.acceptRequest',
  ignoreRequest: 'p2pChat.ignoreRequest',
  block: 'p2pChat.block',
  unblock: 'p2pChat.unblock',
  blockedPeople: 'p2pChat.blockedPeople',
  openPerson: 'p2pChat.openPerson',
  mute: 'p2pChat.mute',
  unmute: 'p2pChat.unmute',
  pin: 'p2pChat.pin',
  unpin: 'p2pChat.unpin',
  setAddress: 'p2pChat.setAddress',
  copyFingerprint: 'p2pChat.copyFingerprint',
  copyChatLink: 'p2pChat.copyChatLink',
  removeContact: 'p2pChat.removeContact',
  deleteConversation: 'p2pChat.deleteConversation',
  clearHistory: 'p2pChat.clearHistory',
  whyNotDelivered: 'p2pChat.whyNotDelivered',
} as const;
export type SessionCommand = keyof typeof ofSession;

/** Every command of the manifest; a test holds both lists together. */
export const CommandId = {
  ...ofSession,
  openChat: 'p2pChat.openChat',
  /** Of an editor in which something is selected. */
  sendSelection: 'p2pChat.sendSelection',
  /** Of the status bar item while something is unread. */
  openUnread: 'p2pChat.openUnread',
  toggleDoNotDisturb: 'p2pChat.toggleDoNotDisturb',
  getStarted: 'p2pChat.getStarted',
  openSettings: 'p2pChat.openSettings',
  showLog: 'p2pChat.showLog',
  /** Of the trees' items: whoever is selected there. */
  openRequest: 'p2pChat.openRequest',
  openContact: 'p2pChat.openContact',
  openListed: 'p2pChat.openListed',
  moreDirectory: 'p2pChat.moreDirectory',
  /** Of the status bar item. */
  showMenu: 'p2pChat.showMenu',
} as const;

/** The commands that the session does, by name. */
export const sessionCommandNames = Object.keys(ofSession).filter(isSessionCommand);

function isSessionCommand(name: string): name is SessionCommand {
  return name in ofSession;
}
