import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { setTimeout as after } from 'node:timers/promises';
import * as v from 'valibot';
import { forEachLine, type OnLine } from './lines.ts';
import type { Template } from './template.ts';

/** What a task definition has to run on this machine. */
export interface TaskProgram {
  /** The container's. */
  readonly name: string;
  /** To Node: the script and its arguments. */
  readonly args: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
}

/** How a run ended. */
export interface RunEnd {
  /** Null when a signal ended it. */
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly seconds: number;
}

export interface RunningTask {
  readonly pid: number | undefined;
  readonly ended: Promise<RunEnd>;
  /** Asks it to end (SIGTERM), and makes it end after `deadline` ms. */
  stop(deadline: number): Promise<void>;
}

const taskDefinition = v.object({
  ContainerDefinitions: v.array(
    v.object({
      Name: v.string(),
      Command: v.optional(v.array(v.string()), []),
      Environment: v.optional(v.array(v.object({ Name: v.string(), Value: v.string() })), []),
      Secrets: v.optional(v.array(v.object({ Name: v.string() })), []),
      DependsOn: v.optional(v.array(v.object({ ContainerName: v.string() })), []),
    }),
  ),
});

/**
 * The container of a task definition that does its work: the Node program on which no other container depends. Those that
 * it depends on have a stand-in here (the Golem daemon), or nothing to do (the lock: at home runs do not overlap).
 * A secret gets a value made up here, unless `overrides` has one.
 * @param ref what `Ref` gives for the task definition
 */
export function taskProgram(template: Template, ref: string, overrides: Readonly<Record<string, string>>): TaskProgram {
  const definition = template.resources('AWS::ECS::TaskDefinition', taskDefinition).find((task) => task.ref === ref);
  if (!definition) throw new Error(`The template holds no task definition ${ref}.`);
  const containers = definition.properties.ContainerDefinitions;
  const neededByOthers = new Set(containers.flatMap(({ DependsOn }) => DependsOn.map((other) => other.ContainerName)));
  const [container, ...others] = containers.filter(({ Name }) => !neededByOthers.has(Name));
  if (container?.Command[0] !== 'node' || others.length > 0) {
    throw new Error(`The task ${ref} should have one container, on which no other depends, that runs Node.`);
  }
  return {
    name: container.Name,
    args: container.Command.slice(1),
    environment: {
      ...Object.fromEntries(container.Environment.map(({ Name, Value }) => [Name, Value])),
      ...Object.fromEntries(container.Secrets.map(({ Name }) => [Name, randomBytes(16).toString('hex')])),
      ...overrides,
    },
  };
}

/**
 * Starts a container's program as a child process. It has a channel to this process: when this one dies, however that
 * happens, it gets 'disconnect'. Whatever it has started dies with it, as with a container.
 * @param root its working directory, the repository's root
 */
export function startTask({ name, args, environment }: TaskProgram, root: string, onLine: OnLine): RunningTask {
  const startedAt = Date.now();
  const child = spawn(process.execPath, args, {
    cwd: root,
    env: { ...inherited(), ...environment },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    // A process group of its own: a terminal's Ctrl-C is for us alone, and the group can be ended as one.
    detached: true,
  });
  if (child.stdout) forEachLine(child.stdout, (line) => onLine(name, line));
  if (child.stderr) forEachLine(child.stderr, (line) => onLine(name, line));
  const { promise: ended, resolve } = Promise.withResolvers<RunEnd>();
  const end = (exitCode: number | null, signal: NodeJS.Signals | null) => {
    killGroup(child.pid);
    resolve({ exitCode, signal, seconds: (Date.now() - startedAt) / 1000 });
  };
  child.once('exit', () => killGroup(child.pid));
  child.once('close', end);
  child.once('error', (error) => {
    onLine(name, `It could not be started: ${error.message}`);
    end(null, null);
  });
  return {
    pid: child.pid,
    ended,
    async stop(deadline) {
      child.kill('SIGTERM');
      const patience = new AbortController();
      const late = after(deadline, undefined, { signal: patience.signal }).then(
        () => killGroup(child.pid),
        () => {},
      );
      await ended;
      patience.abort();
      await late;
    },
  };
}

/** What a program needs of this machine, and no setting of its user's. */
function inherited(): Record<string, string> {
  const names = ['PATH', 'HOME', 'TMPDIR'];
  return Object.fromEntries(names.flatMap((name) => (process.env[name] ? [[name, process.env[name]]] : [])));
}

function killGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
