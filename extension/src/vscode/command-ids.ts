/** Every command of the manifest; a test holds both lists together. */
export const CommandId = {
  goOnline: 'p2pChat.goOnline',
  goOffline: 'p2pChat.goOffline',
  changeAccount: 'p2pChat.changeAccount',
  openChat: 'p2pChat.openChat',
  showLog: 'p2pChat.showLog',
  /** Of the trees' items: whoever is selected there. */
  openContact: 'p2pChat.openContact',
  openListed: 'p2pChat.openListed',
  moreDirectory: 'p2pChat.moreDirectory',
  /** Of the status bar item. */
  showMenu: 'p2pChat.showMenu',
} as const;
