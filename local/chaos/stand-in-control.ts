import type { FaultPlan, FaultRule, Report, RuleCount } from '../golem/index.ts';

/** The Golem stand-in's own calls, beside those of a daemon. */
export class StandInControl {
  readonly #golem: { readonly url: string; readonly appKey: string };

  constructor(golem: { readonly url: string; readonly appKey: string }) {
    this.#golem = golem;
  }

  setFaults(plan: FaultPlan | readonly FaultRule[]): Promise<unknown> {
    return this.#call('PUT', 'faults', plan);
  }

  faults(): Promise<{ readonly rules: readonly RuleCount[] }> {
    return this.#call('GET', 'faults');
  }

  report(): Promise<Report> {
    return this.#call('GET', 'report');
  }

  /** Patient: a fault may have made the stand-in unreachable. */
  async #call<T>(method: string, name: string, body?: unknown): Promise<T> {
    for (let attempt = 1; ; attempt++) {
      try {
        const response = await fetch(`${this.#golem.url}/stand-in/${name}`, {
          method,
          headers: { Authorization: `Bearer ${this.#golem.appKey}` },
          ...(body !== undefined && { body: JSON.stringify(body) }),
        });
        if (!response.ok) throw new Error(`/stand-in/${name}: ${response.status} ${await response.text()}`);
        return (await response.json()) as T;
      } catch (error) {
        if (attempt === 5) throw error;
        await new Promise((resolve) => setTimeout(resolve, 1_000));
      }
    }
  }
}
