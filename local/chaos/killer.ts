import { kill, processesOf } from './processes.ts';

/** Whom a strike hits, and how: mostly the requestor, as if its machine were gone; the rest is for variety. */
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
  }

  async #strike(): Promise<void> {
    const { program, signal } = VICTIMS[Math.floor(this.#chance() * VICTIMS.length)] as (typeof VICTIMS)[number];
    const victim = (await processesOf(this.#folder)).find(({ command }) => command.includes(program));
    if (!victim || !kill(victim.pid, signal)) return;
    const name = `${signal} ${program}`;
    this.kills[name] = (this.kills[name] ?? 0) + 1;
  }
}
