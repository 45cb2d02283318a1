import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Answer, maxAnswerBytes, prediction, readAnswer } from '../../core/answer.ts';
import { ProviderError } from '../../core/errors.ts';
import { imageNetClasses } from '../../core/labels.ts';

const sha256 = 'a'.repeat(64);
const chunkSha256 = 'c'.repeat(64);

/** Five different classes with falling probabilities that sum to at most 1. */
const top = fc
  .tuple(
    fc.uniqueArray(fc.integer({ min: 0, max: 999 }), { minLength: 5, maxLength: 5 }),
    fc.array(fc.double({ min: 0, max: 0.2, noNaN: true }), { minLength: 5, maxLength: 5 }),
  )
  .map(([indexes, ps]) => {
    const falling = ps.toSorted((a, b) => b - a);
    return indexes.map((index, i) => [index, falling[i] ?? 0] as const);
  });
const answer = fc
  .array(top, { minLength: 1, maxLength: 16 })
  .map((images): Answer => ({ chunk_sha256: chunkSha256, model_sha256: sha256, runtime: 'r', top: images }));

describe('readAnswer', () => {
  test('gives the predictions of a right answer, in its order', () => {
    fc.assert(
      fc.property(answer, (right) => {
        const predictions = read(right);
        expect(predictions).toEqual(right.top.map((five) => five.map(([index, p]) => prediction(index, p))));
        expect(predictions[0]?.[0]?.[0]).toBe(imageNetClasses[right.top[0]?.[0]?.[0] ?? -1]?.wnid);
      }),
    );
  });

  const five = [
    [285, 0.5],
    [282, 0.2],
    [281, 0.1],
    [287, 0.1],
    [728, 0.05],
  ];
  const right = { chunk_sha256: chunkSha256, model_sha256: sha256, runtime: 'r', top: [five] };

  test('takes the answer that the cases below break', () => {
    expect(read(right)).toHaveLength(1);
  });

  test.each([
    ['of another chunk', { chunk_sha256: sha256 }, /it answers another chunk/],
    ['of another network', { model_sha256: chunkSha256 }, /another model file made it/],
    ['without a hash', { model_sha256: undefined }, /model_sha256/],
    ['without a runtime', { runtime: undefined }, /runtime/],
    ['with a runtime of a thousand letters', { runtime: 'r'.repeat(1000) }, /runtime/],
    ['without classes', { top: undefined }, /top/],
    ['for no image', { top: [] }, /top/],
    ['for one image too many', { top: [five, five] }, /top/],
    ['with four classes', { top: [five.slice(1)] }, /top\.0/],
    ['with six classes', { top: [[...five, [1, 0.01]]] }, /top\.0/],
    ['that is not sorted', { top: [five.toReversed()] }, /not sorted/],
    ['with a class twice', { top: [five.with(1, [285, 0.2])] }, /a class stands twice/],
    ['with a class of no name', { top: [five.with(0, [1000, 0.5])] }, /top\.0\.0\.0/],
    ['with a class below zero', { top: [five.with(0, [-1, 0.5])] }, /top\.0\.0\.0/],
    ['with half a class', { top: [five.with(0, [1.5, 0.5])] }, /top\.0\.0\.0/],
    ['with a class in words', { top: [five.with(0, ['285', 0.5] as never)] }, /top\.0\.0\.0/],
    ['with a probability above 1', { top: [five.with(0, [285, 1.001])] }, /top\.0\.0\.1/],
    ['with a probability below 0', { top: [five.with(4, [728, -0.1])] }, /top\.0\.4\.1/],
    ['with a probability that JSON makes null (NaN)', { top: [five.with(0, [285, Number.NaN])] }, /top\.0\.0\.1/],
    ['with probabilities that sum to 2', { top: [five.map(([index]) => [index, 0.4])] }, /sum to more than 1/],
    ['with three values a class', { top: [five.with(0, [285, 0.5, 1])] }, /top\.0\.0/],
  ])('refuses an answer %s', (_, change, message) => {
    expectRefusal(JSON.stringify({ ...right, ...change }), message);
  });

  test('bears what rounding adds to a sum of 1, and no more', () => {
    const summing = (rest: number) => [
      [285, 1],
      [282, rest],
      [281, 0],
      [287, 0],
      [728, 0],
    ];
    expect(read({ ...right, top: [summing(0.001)] })).toHaveLength(1);
    expectRefusal(JSON.stringify({ ...right, top: [summing(0.0011)] }), /sum to more than 1/);
  });

  test('reads as many bytes as an answer may have', () => {
    const padded = JSON.stringify(right).padEnd(maxAnswerBytes);
    expect(readBytes(new TextEncoder().encode(padded), 1)).toHaveLength(1);
    expectRefusal(`${padded} `, /it is too large: at most 40000 bytes are read/);
  });

  test('says which check failed, in words for the person who asked', () => {
    const message = "The provider's answer was refused: model_sha256: another model file made it.";
    expect(refusalOf(JSON.stringify({ ...right, model_sha256: chunkSha256 }))).toMatchObject({
      ...{ name: 'ProviderError', code: 'bad_answer', message },
    });
    expect(refusalOf('{')).toMatchObject({
      ...{ message: "The provider's answer was refused: it is not JSON.", cause: expect.any(SyntaxError) },
    });
  });

  test.each([
    ['empty', '', /not JSON/],
    ['cut short', JSON.stringify(right).slice(0, -1), /not JSON/],
    ['null', 'null', /refused/],
    ['a list', '[]', /refused/],
    ['infinite', JSON.stringify(right).replace('0.5', '1e999'), /top\.0\.0\.1/],
    ['too large', JSON.stringify(right) + ' '.repeat(maxAnswerBytes), /at most 40000 bytes are read/],
  ])('refuses an answer that is %s', (_, text, message) => {
    expectRefusal(text, message);
  });

  test('refuses text that is not UTF-8', () => {
    const bytes = new TextEncoder().encode(JSON.stringify({ ...right, runtime: '?' }));
    bytes[bytes.lastIndexOf('?'.charCodeAt(0))] = 0xff;
    expectRefusal(bytes, /not JSON/);
  });

  test('refuses with a ProviderError, whatever a provider sends', () => {
    const mutated = fc
      .tuple(answer, fc.array(fc.record({ at: fc.nat(), byte: fc.integer({ min: 0, max: 255 }) }), { maxLength: 5 }))
      .map(([right, changes]) => {
        const bytes = new TextEncoder().encode(JSON.stringify(right));
        for (const { at, byte } of changes) bytes[at % bytes.length] = byte;
        return bytes;
      });
    const otherJson = fc.json().map((json) => new TextEncoder().encode(json));
    fc.assert(
      fc.property(fc.oneof(mutated, otherJson, fc.uint8Array()), (bytes) => {
        try {
          for (const [, , score] of readBytes(bytes, 1)[0] ?? []) expect(score).toBeGreaterThanOrEqual(0);
        } catch (error) {
          expect(error).toBeInstanceOf(ProviderError);
        }
      }),
      { numRuns: 2000 },
    );
  });
});

test('a prediction is of a class that ImageNet has', () => {
  expect(prediction(999, 0.25)).toEqual(['n15075141', 'toilet_tissue', 0.25]);
  expect(() => prediction(1000, 0.25)).toThrow(new RangeError('ImageNet has no class 1000.'));
});

function read(answer: { readonly top: readonly unknown[] }) {
  return readBytes(new TextEncoder().encode(JSON.stringify(answer)), answer.top.length);
}

function readBytes(bytes: Uint8Array, count: number) {
  return readAnswer(bytes, { chunkSha256, count, model: { sha256, weights: 'official' } }).answers;
}

function expectRefusal(answer: string | Uint8Array, message: RegExp): void {
  const refusal = refusalOf(answer);
  expect(refusal).toBeInstanceOf(ProviderError);
  expect(refusal).toHaveProperty('message', expect.stringMatching(message));
}

function refusalOf(answer: string | Uint8Array): unknown {
  const bytes = typeof answer === 'string' ? new TextEncoder().encode(answer) : answer;
  try {
    return readBytes(bytes, 1);
  } catch (error) {
    return error;
  }
}
