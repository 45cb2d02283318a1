import pMap from 'p-map';

/**
 * Calls `work` for each element, for at most `concurrency` at a time. An element is taken from the source only when there
 * is room to work on it. After the first error, of the work or of the source, no more is taken; it is thrown once what
 * is under way has ended, which p-map alone would leave behind.
 */
export async function forEachConcurrently<T>(
  source: AsyncIterable<T> | Iterable<T>,
  concurrency: number,
  work: (element: T) => Promise<void>,
): Promise<void> {
  const errors: unknown[] = [];
  const attempt = async (element: T) => {
    if (errors.length > 0) return;
    try {
      await work(element);
    } catch (error) {
      errors.push(error);
    }
  };
  await pMap(untilFirstError(source, errors), attempt, { concurrency });
  if (errors.length > 0) throw errors[0];
}

/** Ends after an error, which closes the source; one of the source itself is added to the others. */
async function* untilFirstError<T>(source: AsyncIterable<T> | Iterable<T>, errors: unknown[]): AsyncGenerator<T> {
  try {
    for await (const element of source) {
      yield element;
      if (errors.length > 0) return;
    }
  } catch (error) {
    errors.push(error);
  }
}
