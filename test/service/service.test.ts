import { useService } from '../support/service.ts';
import { commandLineTests } from './command-line.ts';
import { predictionTests } from './predictions.ts';
import { uploadTests } from './uploads.ts';

// One service for all: it takes seconds to start.
const service = useService();
predictionTests(service);
uploadTests(service);
commandLineTests(service);
