import { readdir, readFile } from 'node:fs/promises';

export interface Found {
  readonly pid: number;
  readonly command: string;
}

/** The living processes that have this folder for their temporary files, but for the one that asks. */
export async function processesOf(folder: string): Promise<Found[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number);
  const found = await Promise.all(
    pids.map(async (pid) => {
      const [environment = '', command = '', stat = ''] = await Promise.all(
        ['environ', 'cmdline', 'stat'].map((file) => readFile(`/proc/${pid}/${file}`, 'utf8').catch(() => '')),
      );
      const isOurs = environment.split('\0').includes(`TMPDIR=${folder}`) && pid !== process.pid;
      const isZombie = stat.slice(stat.lastIndexOf(')') + 2).startsWith('Z');
      // esbuild's helper, which bundles the functions, ends with this process.
      const isHelper = command.includes('@esbuild');
      return isOurs && !isHelper && !isZombie ? [{ pid, command: command.replaceAll('\0', ' ').trim() }] : [];
    }),
  );
  return found.flat();
}
