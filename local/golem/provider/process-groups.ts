import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { constants } from 'node:os';
import type { Duplex, Readable, Writable } from 'node:stream';
import { cpuSecOf, readTimes } from './cpu-time.ts';

export interface Program {
  readonly path: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
}

/** A program that runs in a process group of its own. */
export interface Running {
  readonly group: number;
  readonly stdout: Readable;
  readonly stderr: Readable;
  /** Its exit code, 128 + n when signal n ended it. What it left in the background may still run. */
  readonly exited: Promise<number>;
}

/**
 * Runs programs so that none outlives the stand-in, whatever ends it.
 *
 * A keeper, a small shell in a session of its own, holds the read end of a pipe from this process and the numbers of the
 * groups that run. When the pipe ends (close, or a SIGKILL of this process) it kills the groups and removes the
 * stand-in's directory. A program starts only after the keeper knows its group, so there is no moment without guard.
 * A program that leaves its group (setsid) leaves the guard too.
 */
export class ProcessGroups {
  readonly #keeper: ChildProcess & { readonly stdin: Writable };
  readonly #keeperGone: Promise<unknown>;
  readonly #held = new Set<number>();
  /** Processor use, s, of each group's program that has ended. */
  readonly #ended = new Map<number, number>();

  /** `directory` is removed, with everything in it, at the end. */
  constructor(directory: string) {
    this.#keeper = spawn('/bin/sh', ['-c', KEEPER, 'golem-keeper', directory], {
      cwd: '/',
      env: { PATH: SYSTEM_PATH },
      detached: true,
      stdio: ['pipe', 'ignore', 'ignore'],
    });
    this.#keeperGone = once(this.#keeper, 'exit');
    this.#keeper.stdin.on('error', () => {});
  }

  async start(program: Program): Promise<Running> {
    const child = spawn('/bin/sh', ['-c', START_WHEN_TOLD, 'sh', program.path, ...program.args], {
      cwd: program.cwd,
      env: program.env,
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
    });
    const exited = new Promise<number>((resolve, reject) => {
      child.once('error', reject);
      child.once('exit', (code, signal) => {
        if (child.pid !== undefined) this.#forgetIfEmpty(child.pid);
        resolve(code ?? 128 + (signal ? constants.signals[signal] : 0));
      });
    });
    const [, stdout, stderr, pipe] = child.stdio;
    if (child.pid === undefined || !stdout || !stderr || !pipe) {
      await exited;
      throw new Error(`${program.path} did not start`);
    }
    exited.catch(() => {});
    const [group, guard] = [child.pid, pipe as Duplex];
    guard.on('error', () => {}).setEncoding('utf8');
    guard.on('data', (times: string) => this.#ended.set(group, (this.#ended.get(group) ?? 0) + readTimes(times)));
    const closed = new Promise((resolve) => guard.once('close', resolve));
    await this.#hold(group);
    guard.end('go\n');
    const ended = exited.then((code) => closed.then(() => code));
    return { group, stdout: stdout as Readable, stderr: stderr as Readable, exited: ended };
  }

  /** Processor use of these groups, s: of programs that have ended, and of all that runs, where the system says so (Linux). */
  cpuSec(groups: ReadonlySet<number>): number {
    const ended = [...groups].reduce((sum, group) => sum + (this.#ended.get(group) ?? 0), 0);
    const live = new Set([...groups].filter((group) => this.#held.has(group)));
    // A leader that has said what it took may still be there.
    return ended + (live.size > 0 ? cpuSecOf(live, (pid) => this.#ended.has(pid)) : 0);
  }

  /** Ends every process of the group. */
  kill(group: number): void {
    if (!this.#held.has(group)) return;
    signalGroup(group, 'SIGKILL');
    this.#drop(group);
  }

  /** Groups in which a process runs. */
  live(): number[] {
    for (const group of [...this.#held]) this.#forgetIfEmpty(group);
    return [...this.#held];
  }

  /** Ends all that runs and removes the directory. */
  async close(): Promise<void> {
    for (const group of this.#held) signalGroup(group, 'SIGKILL');
    this.#keeper.stdin.end();
    await this.#keeperGone;
    this.#held.clear();
  }

  /** A program whose guard is gone must not start: it is ended as it waits. */
  async #hold(group: number): Promise<void> {
    this.#held.add(group);
    try {
      await this.#send(`hold ${group}\n`);
    } catch (error) {
      this.kill(group);
      throw error;
    }
  }

  /** Must follow the end of a group at once: its number may be given to another. */
  #drop(group: number): void {
    this.#held.delete(group);
    this.#send(`drop ${group}\n`).catch(() => {});
  }

  #forgetIfEmpty(group: number): void {
    if (this.#held.has(group) && !signalGroup(group, 0)) this.#drop(group);
  }

  #send(line: string): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#keeper.stdin.write(line, (error) => (error ? reject(error) : resolve()));
    });
  }
}

/** Where a system keeps its programs. Neither the keeper nor a provider's program gets this process's own PATH. */
export const SYSTEM_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/**
 * Programs may still be writing while they die, hence the second try to remove the directory; and they may have made folders
 * that nobody may change.
 */
const KEEPER = `
groups=''
while read -r verb group; do
  case $verb in
    hold) groups="$groups $group" ;;
    drop)
      rest=''
      for each in $groups; do [ "$each" = "$group" ] || rest="$rest $each"; done
      groups=$rest ;;
  esac
done
for each in $groups; do kill -KILL "-$each" 2>/dev/null; done
rm -rf -- "$1" || { sleep 1; chmod -R u+rwX -- "$1"; rm -rf -- "$1"; }
`;

/**
 * Runs the program once the keeper knows, and then says what processor time it took; ends without it when the stand-in is
 * gone. What the shell itself would write, e.g. that the program was killed, is not the program's output.
 */
const START_WHEN_TOLD = `
read -r go <&3 || exit 1
exec 4>&2 2>/dev/null
(exec "$@" 2>&4 3<&- 4>&-)
code=$?
times >&3
exit $code
`;

/** False when no such group is left. */
function signalGroup(group: number, signal: NodeJS.Signals | 0): boolean {
  try {
    process.kill(-group, signal);
    return true;
  } catch {
    return false;
  }
}
