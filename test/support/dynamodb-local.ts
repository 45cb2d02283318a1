import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { type DynamoServer, dynamoServer } from './dynamo.ts';

const here = path.join(import.meta.dirname, '..', 'dynamodb-local');
const jars = path.join(here, 'target', 'dependency');

/** Why Amazon's DynamoDB Local cannot run here, or undefined when it can. */
export function dynamodbLocalMissing(): string | undefined {
  if (spawnSync('java', ['-version']).status !== 0) return 'there is no Java (17 or later)';
  if (!existsSync(jars))
    return `its jars are not there: mvn -f test/dynamodb-local/pom.xml dependency:copy-dependencies`;
  return undefined;
}

export async function startDynamodbLocal(): Promise<DynamoServer> {
  const args = [`-Djava.library.path=${jars}`, '-cp', `${jars}/*`, path.join(here, 'Loopback.java')];
  const java = spawn('java', args, { stdio: ['pipe', 'pipe', 'ignore'] });
  const exited = once(java, 'exit');
  for await (const line of createInterface({ input: java.stdout })) {
    const port = /^port (\d+)$/.exec(line)?.[1];
    if (!port) continue;
    return dynamoServer(`http://127.0.0.1:${port}`, async () => {
      java.stdin.end();
      await exited;
    });
  }
  throw new Error('DynamoDB Local ended before it listened.');
}
