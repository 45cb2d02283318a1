/** A process under test: it reaches the world only through the ports that it is given. */
export type Process = (watch: <Port extends object>(port: Port) => Port) => Promise<unknown>;

interface Call {
  readonly process: number;
  readonly proceed: () => void;
}

/** Thrown out of a process that has been killed. Nobody should catch it. */
class Killed extends Error {}

/**
 * Runs processes against each other in every order in which the calls that they make to their ports can take effect.
 * @param start makes a fresh world with its processes, and the check of what they leave behind
 * @param deaths whether the first process may also vanish instead of making a call
 * @returns how many orders there were
 */
export async function everyInterleaving(
  start: () => Promise<{ readonly processes: readonly Process[]; readonly check: () => Promise<void> }>,
  { deaths = false } = {},
): Promise<number> {
  let path: number[] = [];
  for (let orders = 1; ; orders++) {
    const { processes, check } = await start();
    const options = await runAlong(path, processes, deaths);
    try {
      await check();
    } catch (error) {
      throw new Error(`Order ${orders}, ${path.join(' ')}: ${(error as Error).message}`, { cause: error });
    }
    const next = nextPath(path, options);
    if (!next) return orders;
    path = next;
  }
}

/** Extends `path` with first choices to its end; returns how many choices there were at each step. */
async function runAlong(path: number[], processes: readonly Process[], deaths: boolean): Promise<number[]> {
  const waiting: Call[] = [];
  const killed = new Set<number>();
  const ended = processes.map((process, index) => process((port) => watched(port, index, waiting, killed)));
  const results = Promise.allSettled(ended);
  const options: number[] = [];
  for (let step = 0; ; step++) {
    // Ports in memory answer within microtasks: whoever can go on has gone on.
    await new Promise(setImmediate);
    if (waiting.length === 0) break;
    const mayDie = deaths && killed.size === 0 && waiting.some(({ process }) => process === 0);
    options[step] = waiting.length + (mayDie ? 1 : 0);
    path[step] ??= 0;
    if (path[step] === waiting.length) kill(0, waiting, killed);
    else waiting.splice(path[step] as number, 1)[0]?.proceed();
  }
  for (const result of await results) {
    if (result.status === 'rejected' && !(result.reason instanceof Killed)) throw result.reason;
  }
  return options;
}

function kill(process: number, waiting: Call[], killed: Set<number>): void {
  killed.add(process);
  for (const call of waiting.filter((each) => each.process === process)) {
    waiting.splice(waiting.indexOf(call), 1);
    call.proceed();
  }
}

function watched<Port extends object>(port: Port, process: number, waiting: Call[], killed: Set<number>): Port {
  return new Proxy(port, {
    get(target, name) {
      const value = Reflect.get(target, name);
      if (typeof value !== 'function') return value;
      return async (...args: unknown[]) => {
        if (!killed.has(process)) await new Promise<void>((proceed) => waiting.push({ process, proceed }));
        if (killed.has(process)) throw new Killed();
        return value.apply(target, args);
      };
    },
  });
}

function nextPath(path: readonly number[], options: readonly number[]): number[] | undefined {
  for (let step = path.length - 1; step >= 0; step--) {
    const choice = (path[step] ?? 0) + 1;
    if (choice < (options[step] ?? 0)) return [...path.slice(0, step), choice];
  }
  return undefined;
}
