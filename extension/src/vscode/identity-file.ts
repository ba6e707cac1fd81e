/** Identities as files: a bundle of its own, because what reads and writes the container is large and seldom needed. */
export { IdentityFileError, openIdentity, sealIdentity } from '@p2p-chat/protocol/identity-file';
