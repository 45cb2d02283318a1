import { expect, it } from 'vitest';
import { PlatformError, ProviderError } from '../../core/errors.ts';
import { run } from '../../requestor/run.ts';
import { TestProviders } from '../support/providers.ts';
import { runnable } from '../support/run.ts';

it.each([
  ['the provider that failed', new ProviderError('bad_answer', 'not JSON', { provider: '0xbad' }), ['0xbad']],
  ['nobody when it is not known who failed', new ProviderError('bad_answer', 'not JSON'), []],
  ['nobody when the platform failed', new PlatformError('golem_unavailable', 'no offers'), []],
])('a run blames %s', async (_, error, blamed) => {
  const providers = new TestProviders(async (_chunk, call) => {
    if (call === 1) throw error;
  });
  const { services, options, add } = runnable(providers);
  await add('starter', 2);
  await run(services, options);
  expect(providers.blamed).toEqual(blamed);
});
