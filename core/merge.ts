/** Merges streams that are each in ascending order into one. Holds one element a stream. */
export async function* mergeSorted<T>(streams: readonly AsyncIterable<T>[], order: (element: T) => number) {
  const heads = streams.map((stream) => stream[Symbol.asyncIterator]());
  try {
    const firsts = await Promise.all(heads.map((head) => head.next()));
    for (;;) {
      const next = indexOfLeast(firsts, order);
      if (next === undefined) return;
      yield (firsts[next] as IteratorYieldResult<T>).value;
      firsts[next] = await (heads[next] as AsyncIterator<T>).next();
    }
  } finally {
    await Promise.all(heads.map((head) => head.return?.()));
  }
}

function indexOfLeast<T>(results: readonly IteratorResult<T>[], order: (element: T) => number): number | undefined {
  let least: { index: number; order: number } | undefined;
  results.forEach((result, index) => {
    if (result.done) return;
    const at = order(result.value);
    if (!least || at < least.order) least = { index, order: at };
  });
  return least?.index;
}
