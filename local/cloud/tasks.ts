import { randomBytes } from 'node:crypto';
import * as v from 'valibot';
import { Child } from '../../process/supervise.ts';
import type { OnLine } from './lines.ts';
import type { Template } from './template.ts';

/** What a task definition has to run on this machine. */
export interface TaskProgram {
  /** The container's name. */
  readonly name: string;
  /** The script and its arguments, for Node. */
  readonly args: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
}

/** How a run ended. */
export interface RunEnd {
  /** Null when a signal ended it, or when it could not be started. */
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly seconds: number;
}

export interface RunningTask {
  readonly ended: Promise<RunEnd>;
  /** Asks it to end (SIGTERM), kills it after `deadline` ms, and resolves when it has ended. */
  stop(deadline: number): Promise<unknown>;
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
 * it depends on have a substitute here (the Golem daemon), or nothing to do (the lock: local runs do not overlap).
 * A secret gets a value made up here, unless `overrides` has one.
 * @param ref what `Ref` returns for the task definition
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
 * Starts a container's program as a child process. Whatever it has started dies with it, as with a container.
 * @param root its working directory, the repository's root
 */
export function startTask({ name, args, environment }: TaskProgram, root: string, onLine: OnLine): RunningTask {
  const startedAt = Date.now();
  const child = new Child({
    args,
    cwd: root,
    env: { ...inherited(), ...environment },
    onLine: (line) => onLine(name, line),
  });
  const ended = child.ended.then(({ exitCode, signal, error }) => {
    if (error) onLine(name, `It could not be started: ${error.message}`);
    return { exitCode, signal, seconds: (Date.now() - startedAt) / 1000 };
  });
  return { ended, stop: (deadline) => child.end(deadline) };
}

/** What a program needs of this machine, and no setting of its user's. */
function inherited(): Record<string, string> {
  const names = ['PATH', 'HOME', 'TMPDIR'];
  return Object.fromEntries(names.flatMap((name) => (process.env[name] ? [[name, process.env[name]]] : [])));
}
