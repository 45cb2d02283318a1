import { queuesContract } from '../contracts/queues.ts';
import { startPassingFauxqs } from '../support/fauxqs.ts';

queuesContract('fauxqs', startPassingFauxqs);
