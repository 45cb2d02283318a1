/** Calls `work` for each item in turn, at most `width` at a time. After the first error no more is begun; it is thrown. */
export async function inParallel<T>(items: readonly T[], width: number, work: (item: T) => Promise<void>) {
  const waiting = items.values();
  let failed = false;
  const worker = async () => {
    for (const item of waiting) {
      if (failed) return;
      await work(item).catch((error: unknown) => {
        failed = true;
        throw error;
      });
    }
  };
  const ends = await Promise.allSettled(Array.from({ length: width }, worker));
  const error = ends.find((end) => end.status === 'rejected');
  if (error) throw error.reason;
}
