import type { IncomingMessage, ServerResponse } from 'node:http';
import { CallTable } from './calls.ts';
import type { Faults } from './faults/plan.ts';
import { hasKey, readBody, sendJson, targetOf } from './http.ts';
import type { Provider } from './provider/provider.ts';
import type { Report } from './report/report.ts';

const CALLS = new CallTable({
  getReport: ['GET', '/stand-in/report'],
  getFaults: ['GET', '/stand-in/faults'],
  setFaults: ['PUT', '/stand-in/faults'],
  getProviders: ['GET', '/stand-in/providers'],
});

export interface ControlSettings {
  readonly appKey: string;
  readonly faults: Faults;
  readonly providers: readonly Provider[];
  readonly report: () => Promise<Report>;
}

/** Calls that no daemon has: what the backend itself is doing. */
export class Control {
  readonly #settings: ControlSettings;

  constructor(settings: ControlSettings) {
    this.#settings = settings;
  }

  /** Answers a call of this kind; false for any other. */
  intercept(request: IncomingMessage, response: ServerResponse): boolean {
    const call = CALLS.find(request.method ?? 'GET', targetOf(request).path);
    if (!('name' in call)) return false;
    if (!hasKey(request, this.#settings.appKey))
      sendJson(response, 401, { message: 'the app key is missing or wrong' });
    else
      void this.#answer(call.name, request).then(
        (value) => sendJson(response, 200, value),
        (error) =>
          sendJson(response, error instanceof RangeError ? 400 : 500, { message: String(error.message ?? error) }),
      );
    return true;
  }

  async #answer(name: 'getReport' | 'getFaults' | 'setFaults' | 'getProviders', request: IncomingMessage) {
    const { faults, providers, report } = this.#settings;
    switch (name) {
      case 'getReport':
        return report();
      case 'setFaults':
        faults.set(await readPlan(request));
        return faults.counts();
      case 'getFaults':
        return faults.counts();
      case 'getProviders':
        return providers.map(({ id, name, agreementId, commandsRun }) => ({
          id,
          name,
          state: agreementId === null ? 'free' : 'busy',
          agreementId,
          commandsRun,
        }));
    }
  }
}

async function readPlan(request: IncomingMessage): Promise<unknown> {
  try {
    return JSON.parse(String(await readBody(request)));
  } catch {
    throw new RangeError('the body is not JSON');
  }
}
