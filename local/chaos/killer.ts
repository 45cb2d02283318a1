import { processesOf } from './processes.ts';

/** What a strike kills, and how: mostly the requestor, as if its machine had failed. */
const VICTIMS: readonly { readonly program: string; readonly signal: NodeJS.Signals }[] = [
  { program: 'requestor/main.ts', signal: 'SIGKILL' },
  { program: 'requestor/main.ts', signal: 'SIGKILL' },
  { program: 'requestor/main.ts', signal: 'SIGTERM' },
  { program: 'family-main.ts', signal: 'SIGKILL' },
];

/** Kills processes of the service at intervals. */
export class Killer {
  readonly kills: Record<string, number> = {};
  readonly #folder: string;
  readonly #chance: () => number;
  #timer: NodeJS.Timeout | undefined;

  constructor(folder: string, chance: () => number) {
    this.#folder = folder;
    this.#chance = chance;
  }

  /** @param every ms; 0 for never */
  start(every: number): void {
    if (every > 0) this.#timer = setInterval(() => void this.#strike(), every);
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  async #strike(): Promise<void> {
    const { program, signal } = VICTIMS[Math.floor(this.#chance() * VICTIMS.length)] as (typeof VICTIMS)[number];
    const victim = (await processesOf(this.#folder)).find(({ command }) => command.includes(program));
    // It may have been stopped while it looked for one.
    if (!victim || !this.#timer || !kill(victim.pid, signal)) return;
    const name = `${signal} ${program}`;
    this.kills[name] = (this.kills[name] ?? 0) + 1;
  }
}

/** Returns false if the process has ended already. */
function kill(pid: number, signal: NodeJS.Signals): boolean {
  try {
    process.kill(pid, signal);
    return true;
  } catch {
    return false;
  }
}
