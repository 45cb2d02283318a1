import { runGolem } from '../golem/program.ts';
import { wrongAnswers } from './wrong-answers.ts';

await runGolem(process.argv.slice(2), wrongAnswers());
