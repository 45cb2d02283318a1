import path from 'node:path';

/** Where a staged image has its networks, with their cards. */
export const stagedModels = (root: string): string => path.join(root, 'lib', 'mlg', 'models');
