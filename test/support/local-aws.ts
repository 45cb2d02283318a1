import type { LocalAws } from '../../local/cloud/credentials.ts';

/** Of the emulators that tests start. */
export const testAws: LocalAws = {
  region: 'us-east-1',
  credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
};
