import { newLogger } from '../aws/logger.ts';

export const logger = newLogger('requestor');
