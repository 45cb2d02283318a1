import type { Event } from './types.ts';

/** Returns a header's value, whatever the case of its name, without the white space that HTTP allows around it. */
export function header(event: Event, name: string): string | undefined {
  const value = Object.entries(event.headers).find(([key]) => key.toLowerCase() === name)?.[1];
  return value === undefined ? undefined : stripped(value);
}

/** Spaces and tabs only: a key that ends with any other space is not printable ASCII, and is refused. */
function stripped(value: string): string {
  const isSpace = (at: number) => value[at] === ' ' || value[at] === '\t';
  let [start, end] = [0, value.length];
  while (start < end && isSpace(start)) start++;
  while (end > start && isSpace(end - 1)) end--;
  return value.slice(start, end);
}
