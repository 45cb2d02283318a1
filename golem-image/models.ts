import { readFile, stat } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as v from 'valibot';
import { catalogue, type InstalledModels, type ModelId } from '../core/catalogue.ts';

/** Where networks lie unless `MLG_MODELS` says otherwise: beside this program. */
export const ownModelDirs: readonly string[] = [fileURLToPath(new URL('models', import.meta.url))];

/** What stands beside each network, as `<id>.json`: a description of `<id>.onnx` that is quick to read. */
export interface ModelCard {
  readonly id: ModelId;
  /** SHA-256 of the ONNX file, hex. */
  readonly sha256: string;
  readonly weights: 'official' | 'synthetic';
  /** Length of the ONNX file. */
  readonly bytes: number;
}

const cardSchema = v.strictObject({
  id: v.string(),
  sha256: v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/)),
  weights: v.picklist(['official', 'synthetic']),
  bytes: v.pipe(v.number(), v.integer(), v.minValue(1)),
});

/** The directories that `MLG_MODELS` lists (separated as in PATH), or the program's own when it is not set. */
export function modelDirs(env: Readonly<Record<string, string | undefined>>): readonly string[] {
  const listed = env.MLG_MODELS?.split(delimiter).filter((dir) => dir !== '') ?? [];
  return listed.length > 0 ? listed : ownModelDirs;
}

/**
 * The networks in these directories, by their cards. Of two with the same id the first directory's counts, as for
 * {@link modelFile}.
 * @throws Error when a card cannot be read, or its ONNX file is missing or of another length
 */
export async function installedModels(dirs: readonly string[]): Promise<InstalledModels> {
  const found = await Promise.all(catalogue.map(async ({ id }) => [id, await findCard(dirs, id)] as const));
  return Object.fromEntries(
    found.flatMap(([id, card]) => (card ? [[id, { sha256: card.sha256, weights: card.weights }]] : [])),
  );
}

/** The network's ONNX file in the first of these directories that has it. */
export async function modelFile(dirs: readonly string[], id: ModelId): Promise<string | undefined> {
  for (const dir of dirs) {
    const path = join(dir, `${id}.onnx`);
    if ((await fileBytes(path)) !== undefined) return path;
  }
  return undefined;
}

async function findCard(dirs: readonly string[], id: ModelId): Promise<ModelCard | undefined> {
  const network = await modelFile(dirs, id);
  if (network === undefined) return undefined;
  const path = network.replace(/\.onnx$/, '.json');
  const card = await readCard(path, id);
  const bytes = await fileBytes(network);
  if (bytes !== card.bytes) {
    throw new Error(`${network} has ${bytes} bytes; its card ${path} says ${card.bytes}. Convert the network again.`);
  }
  return card;
}

async function readCard(path: string, id: ModelId): Promise<ModelCard> {
  let content: unknown;
  try {
    content = JSON.parse(await readFile(path, 'utf8'));
  } catch (cause) {
    throw new Error(`The card of network ${id}, ${path}, cannot be read. Convert the network again.`, { cause });
  }
  const result = v.safeParse(cardSchema, content);
  if (!result.success) throw new Error(`${path} is not a network's card: ${result.issues[0].message}.`);
  if (result.output.id !== id) throw new Error(`${path} is the card of '${result.output.id}', not of '${id}'.`);
  return { ...result.output, id };
}

/** Undefined when there is no such file. */
async function fileBytes(path: string): Promise<number | undefined> {
  try {
    const entry = await stat(path);
    return entry.isFile() ? entry.size : undefined;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
