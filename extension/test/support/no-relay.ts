/** Of a session whose test has nothing to do with a relay. */
export const noRelay = {
  through: () => Promise.reject(new Error('no link goes through a relay here')),
  joined: () => undefined,
};
