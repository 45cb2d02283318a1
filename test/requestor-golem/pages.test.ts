import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { allItems, type ListPage } from '../../requestor/golem/pages.ts';

interface Item {
  readonly id: number;
  readonly timestamp: string;
}

const idOf = ({ id }: Item) => id.toString();
const ids = (items: readonly Item[]) => items.map(({ id }) => id).sort((a, b) => a - b);

/** Later than any date here is written as microseconds, as the daemon does. */
const itemAt = (micros: number, id: number): Item => ({
  id,
  timestamp: `2026-01-01T00:00:00.${String(micros).padStart(6, '0')}Z`,
});

/** Compares dates to the microsecond. */
const daemon =
  (items: readonly Item[]): ListPage<Item> =>
  async (after, maxItems) =>
    items
      .filter(({ timestamp }) => after === undefined || timestamp > withMicros(after))
      .toSorted((a, b) => (a.timestamp < b.timestamp ? -1 : 1))
      .slice(0, maxItems);

/** A list, and the lengths of the pages that were asked of it. */
function counted(source: ListPage<Item>) {
  const asked: number[] = [];
  const list: ListPage<Item> = (after, maxItems) => {
    asked.push(maxItems);
    return source(after, maxItems);
  };
  return { list, asked };
}

const withMicros = (date: string) => date.replace('Z', '000Z');

describe('allItems', () => {
  it('gives each item once, whatever instants they share', async () => {
    const lists = fc.array(fc.integer({ min: 0, max: 5_000 }), { maxLength: 60 });
    await fc.assert(
      fc.asyncProperty(lists, fc.integer({ min: 1, max: 12 }), async (instants, pageSize) => {
        const items = instants.map(itemAt);
        expect(ids(await allItems(daemon(items), idOf, { pageSize }))).toEqual(ids(items));
      }),
    );
  });

  it('gets past more items of one instant than a page holds', async () => {
    const items = Array.from({ length: 25 }, (_, id) => itemAt(id < 23 ? 1_000 : 9_000, id));
    expect(ids(await allItems(daemon(items), idOf, { pageSize: 4 }))).toEqual(ids(items));
  });

  it.each([
    [3, 2],
    [250, 4],
  ])('asks for no more pages than it must: for %i items, %i', async (count, pages) => {
    const instants = Array.from({ length: count }, (_, id) => itemAt(id * 2_000, id));
    const { list, asked } = counted(daemon(instants));
    expect(await allItems(list, idOf, { pageSize: 100 })).toHaveLength(count);
    expect(asked).toEqual(Array(pages).fill(100));
  });

  it('does not ask again for a page that repeats itself', async () => {
    const { list, asked } = counted(async (_, most) => Array(most).fill(itemAt(1, 1)));
    expect(await allItems(list, idOf, { pageSize: 10 })).toHaveLength(1);
    expect(asked).toEqual([10, 10]);
  });

  it('begins where it is told to', async () => {
    const items = [itemAt(1_000, 1), itemAt(2_000, 2), itemAt(3_000, 3)];
    const since = '2026-01-01T00:00:00.002Z';
    expect(ids(await allItems(daemon(items), idOf, { since }))).toEqual([3]);
  });

  it('ends with a daemon that gives the same page for ever', async () => {
    const page = Array.from({ length: 10 }, (_, id) => itemAt(id, id));
    expect(ids(await allItems(async () => page, idOf, { pageSize: 10 }))).toEqual(ids(page));
    const one = Array.from({ length: 1_000 }, () => itemAt(1, 1));
    expect(ids(await allItems(async (_, most) => one.slice(0, most), idOf, { pageSize: 10 }))).toEqual([1]);
  });
});
