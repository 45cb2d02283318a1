import { endOnClosedPipe } from '../../process/closed-pipe.ts';
import { runZoo } from './cli.ts';
import { terminalOn } from './terminal.ts';

endOnClosedPipe();
process.exitCode = await runZoo(process.argv.slice(2), terminalOn(process.stdout, process.stderr));
