import type { Item } from '../cloud/index.ts';

/**
 * Completions of requests as the table sees them: also those of runs that were killed before they could say so. No
 * write follows the one that completes a request.
 */
export class Completions {
  readonly #times = new Map<string, number>();

  note({ id, status }: Item): void {
    if (status?.S === 'done' && id?.S !== undefined) this.#times.set(id.S, (this.#times.get(id.S) ?? 0) + 1);
  }

  /** Requests that were completed more than once. */
  get repeated(): number {
    return [...this.#times.values()].filter((times) => times > 1).length;
  }
}
