// Each stage of the way through Golem has a deadline, in ms. Together they stay far below a lease (15 min).

/** To connect to the daemon and publish a demand. */
export const connectMs = 20_000;
/** From the wish for a provider to its being ready: an offer, an agreement, the image fetched, the machine up. */
export const engageMs = 180_000;
/** For one chunk on a ready provider: the transfer there, the run, the transfer back. */
export const chunkMs = 120_000;
/** To end agreements and receive the invoices. */
export const shutdownMs = 15_000;
/** The same, when the process that wanted the work is gone. */
export const orphanMs = 5_000;
/** A family process says that it is alive this often; after `silenceMs` without a word it is killed. */
export const heartbeatMs = 2_000;
export const silenceMs = 20_000;
/** To end and pay what killed processes left behind. */
export const settleMs = 10_000;
/** A family process takes no new work after this: its demand is near its end then, and no provider would sign. */
export const familyAgeMs = 20 * 60_000;
/** What a family process may take over the sum of its own deadlines before it is killed. */
export const graceMs = 10_000;

/** Rejects with `onTime()` when `work` has not settled in time. The work itself goes on; the caller must end it. */
export async function within<T>(ms: number, work: Promise<T>, onTime: () => Error): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(onTime()), ms);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
