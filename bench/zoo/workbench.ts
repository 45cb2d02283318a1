import { readFile, symlink, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Model, modelById } from '../../core/catalogue.ts';
import { encodeChunk } from '../../core/chunk-file.ts';
import { chunkLimits } from '../../core/chunks.ts';
import { bundleProgram } from '../../golem-image/stage/program.ts';
import { install } from '../../golem-image/zoo/install.ts';
import type { ZooId } from '../../golem-image/zoo/networks/index.ts';
import { seededWeights } from '../../golem-image/zoo/seeded.ts';
import { prepareImage } from '../../imaging/prepare.ts';
import { temporaryFolder } from '../../process/temporary-folder.ts';
import { type Measured, measured } from '../measured.ts';

const photos = ['cat.jpg', 'coffee.jpg', 'rocket.jpg', 'camera.png'];

/** A folder with one network, with seeded weights, and a full chunk for it. */
export interface Workbench {
  readonly id: ZooId;
  readonly dir: string;
  readonly onnx: string;
  /** Length of the ONNX file. */
  readonly bytes: number;
  readonly chunk: string;
  /** The chunk's images: size x size x 3, uint8 RGB. */
  readonly images: readonly Uint8Array[];
  /** Runs `classify` on the chunk, as one file, which is how provider images have it. */
  classify(): Promise<Measured>;
  /** The text that `classify` wrote. */
  result(): Promise<string>;
}

/** Calls `use` with a workbench, which is removed afterwards. */
export async function withWorkbench<T>(id: ZooId, use: (bench: Workbench) => Promise<T>): Promise<T> {
  await using folder = await temporaryFolder('mlg-bench-');
  const dir = folder.path;
  const { bytes } = await install(dir, id, seededWeights(id), 'synthetic');
  const { size } = modelById(id) as Model;
  const images = await chunkImages(size);
  const [chunk, result] = [join(dir, 'chunk'), join(dir, 'result.json')];
  await writeFile(chunk, encodeChunk(id, size, size, images));
  const program = await providerProgram(dir);
  return await use({
    id,
    dir,
    onnx: join(dir, `${id}.onnx`),
    bytes,
    chunk,
    images,
    classify: () => measured(program, [chunk, result], { MLG_MODELS: dir }),
    result: () => readFile(result, 'utf8'),
  });
}

async function chunkImages(size: number): Promise<Uint8Array[]> {
  const images = await Promise.all(
    photos.map(async (name) =>
      prepareImage(await readFile(new URL(`../../local/photos/${name}`, import.meta.url)), size),
    ),
  );
  return Array.from({ length: chunkLimits.images }, (_, i) => images[i % images.length] as Uint8Array);
}

async function providerProgram(dir: string): Promise<string> {
  await bundleProgram(dir);
  const inference = createRequire(import.meta.url).resolve('onnxruntime-node/package.json');
  await symlink(join(dirname(inference), '..'), join(dir, 'node_modules'));
  return pathToFileURL(join(dir, 'classify.mjs')).href;
}
