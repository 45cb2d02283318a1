import { type Handlers, json } from './call.ts';

/** The yagna release whose behaviour the stand-in follows. The SDK asks for 0.15.2 or later. */
const YAGNA_VERSION = '0.17.6';

export function identityCalls(requestorId: string): Handlers<'getVersion' | 'getIdentity'> {
  return {
    getVersion: () =>
      json(200, {
        current: { version: YAGNA_VERSION, name: `v${YAGNA_VERSION}`, seen: true, releaseTs: '2025-01-01T00:00:00' },
      }),
    getIdentity: () => json(200, { identity: requestorId, name: 'local', role: 'manager' }),
  };
}
