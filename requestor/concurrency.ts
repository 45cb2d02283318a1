/**
 * Calls `work` for each element, at most `width` at a time. An element is taken from the source only when there is
 * room to work on it, so that nothing piles up. The first error ends the taking, waits for what is under way, and is thrown.
 */
export async function forEachConcurrently<T>(
  source: AsyncIterable<T>,
  width: number,
  work: (element: T) => Promise<void>,
): Promise<void> {
  const iterator = source[Symbol.asyncIterator]();
  // One taker at a time: an async generator must not be asked again before it has answered.
  let turn: Promise<unknown> = Promise.resolve();
  const take = () => {
    const next = turn.then(() => iterator.next());
    turn = next.catch(() => {});
    return next;
  };
  let failed = false;
  const worker = async () => {
    while (!failed) {
      const next = await take();
      if (next.done) return;
      await work(next.value);
    }
  };
  const workers = Array.from({ length: width }, () =>
    worker().catch((error: unknown) => {
      failed = true;
      throw error;
    }),
  );
  try {
    await allEnded(workers);
  } finally {
    await iterator.return?.();
  }
}

/** Unlike Promise.all, waits for the end of everything before it throws the first error. */
async function allEnded(work: readonly Promise<void>[]): Promise<void> {
  const ends = await Promise.allSettled(work);
  const error = ends.find((end) => end.status === 'rejected');
  if (error) throw error.reason;
}
