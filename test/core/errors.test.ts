import { describe, expect, it, test } from 'vitest';
import { installCommand, requireInstalled } from '../../core/availability.ts';
import { findModel } from '../../core/catalogue.ts';
import { budgetUsedUp, CallerError, type MlgError, PlatformError, ProviderError } from '../../core/errors.ts';
import { imageTooLarge, maxImageBytes } from '../../core/image-limits.ts';

describe('an error', () => {
  const cause = new Error('below');

  it.each<[MlgError['fault'], MlgError, string]>([
    ['caller', new CallerError('no_image', 'Send one.', { cause }), 'CallerError'],
    ['provider', new ProviderError('no_image', 'Send one.', { cause }), 'ProviderError'],
    ['platform', new PlatformError('no_image', 'Send one.', { cause }), 'PlatformError'],
  ])('says that it is the fault of the %s, and keeps what it was made of', (fault, error, name) => {
    expect(error).toBeInstanceOf(Error);
    expect(error).toMatchObject({ fault, name, code: 'no_image', message: 'Send one.', cause });
  });

  it('has a code that programs can tell from none', () => {
    expect(budgetUsedUp).toMatch(/^[a-z]+(_[a-z]+)*$/);
  });
});

describe('a model that is not installed', () => {
  const vgg16 = findModel('vgg16');

  it('is refused, with the command that installs it', () => {
    expect(() => requireInstalled({ starter: { sha256: 'a'.repeat(64), weights: 'official' } }, vgg16)).toThrow(
      expect.objectContaining({
        code: 'model_unavailable',
        message:
          'VGG16 is not installed here. Whoever runs this service can install it with: npm run zoo -- pull vgg16',
      }),
    );
    expect(installCommand(vgg16)).toBe('npm run zoo -- pull vgg16');
  });

  it('is served once it is', () => {
    expect(() => requireInstalled({ vgg16: { sha256: 'a'.repeat(64), weights: 'synthetic' } }, vgg16)).not.toThrow();
  });
});

test('a large image is refused in bytes and in the unit that people use', () => {
  expect(maxImageBytes).toBe(2_097_152);
  expect(imageTooLarge()).toMatchObject({
    ...{ fault: 'caller', code: 'too_large' },
    message: 'The image has more than 2097152 bytes (2 MiB), which is the limit.',
  });
});
