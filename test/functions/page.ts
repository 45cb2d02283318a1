import './environment.ts';
import { buildPage } from '../../web/build.ts';

/** The page as built; its function reads it as it is loaded. */
export const page = buildPage();
export const { handler, readPage } = await import('../../functions/read-page.ts');
