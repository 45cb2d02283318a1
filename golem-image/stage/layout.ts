import path from 'node:path';

/** Folder of a staged image's networks, with their cards. */
export const stagedModels = (root: string): string => path.join(root, 'lib', 'mlg', 'models');
