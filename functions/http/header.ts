import type { Event } from './types.ts';

/** A header's value, whatever the case of its name. */
export function header(event: Event, name: string): string | undefined {
  return Object.entries(event.headers).find(([key]) => key.toLowerCase() === name)?.[1];
}
