/** Answers with items later than `after` (ISO date; without it, all), the oldest first, at most `maxItems`. */
export type ListPage<T> = (after: string | undefined, maxItems: number) => Promise<readonly T[]>;

/** A dated item of one of the daemon's lists. */
interface Dated {
  /** ISO date; the daemon writes up to nine decimals. */
  readonly timestamp: string;
}

/**
 * Everything in a list that the daemon gives page by page. Items of one instant may lie on both sides of a page's border,
 * so each page begins a little before the end of the last one, and what was seen before is left out. Ends when a page
 * brings nothing new; one that is full of what is known is asked for again, twice as long.
 * @param since ISO date; only later items
 */
export async function allItems<T extends Dated>(
  list: ListPage<T>,
  idOf: (item: T) => string,
  { since, pageSize = 100 }: { readonly since?: string | undefined; readonly pageSize?: number } = {},
): Promise<T[]> {
  const items = new Map<string, T>();
  let after = since;
  let maxItems = pageSize;
  for (;;) {
    const page = await list(after, maxItems);
    const fresh = page.filter((item) => !items.has(idOf(item)));
    for (const item of fresh) items.set(idOf(item), item);
    const end = page.at(-1);
    if (end && fresh.length > 0) after = justBefore(end.timestamp);
    else if (page.length < maxItems || maxItems > items.size) return [...items.values()];
    else maxItems *= 2;
  }
}

/** Dates are compared to the millisecond at least, so that nothing of the given instant is later than itself only. */
function justBefore(timestamp: string): string {
  return new Date(Date.parse(timestamp) - 1).toISOString();
}
