import { buildPage } from '../../web/build.ts';

/** The page as built; its function reads it at the first call. */
export const page = buildPage();
export { handler, readPage } from '../../functions/read-page.ts';
