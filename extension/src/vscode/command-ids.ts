/** Every command of the manifest; a test holds both lists together. */
export const CommandId = {
  goOnline: 'p2pChat.goOnline',
  goOffline: 'p2pChat.goOffline',
  changeAccount: 'p2pChat.changeAccount',
  openChat: 'p2pChat.openChat',
  showLog: 'p2pChat.showLog',
  /** Of a tree item, with a person's id. */
  openPerson: 'p2pChat.openPerson',
  moreDirectory: 'p2pChat.moreDirectory',
  /** Of the status bar item. */
  showMenu: 'p2pChat.showMenu',
} as const;
