import { runGolem } from './program.ts';

await runGolem(process.argv.slice(2));
