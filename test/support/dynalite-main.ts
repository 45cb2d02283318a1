import { startDynalite } from './dynamo.ts';

// Dynalite as a process of its own, so that its memory is not the test's. Ends with whoever started it.
const server = await startDynalite();
process.once('disconnect', () => process.exit(0));
process.send?.({ endpoint: server.endpoint });
