export const dayMs = 24 * 3_600_000;

/**
 * The longest that a request can wait, days. Nothing else bounds it: a run that finds no provider, or has spent its
 * budget, hands a request back at no cost. But S3 deletes its image, and then the next run fails it (`image_lost`).
 * Three attempts on the slowest schedule, one run a day, take three days; a week leaves time to mend what is wrong.
 */
const waitDays = 7;

/**
 * How long a prepared image is kept from when it came, days: as long as a result, but never so short that a request
 * could lose its image while it waits or is tried again.
 * @param resultDays how long a result is kept from when its request ended
 */
export function imageDays(resultDays: number): number {
  return Math.max(resultDays, waitDays);
}
