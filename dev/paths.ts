import { resolve } from 'node:path';

/** The repository's root: npm runs every script with it as the working directory. */
export const repository = process.cwd();

/** Where what was fetched and built for development lies; git ignores it. */
export const cache = resolve(process.env.WHENCE_CACHE ?? '.cache');

/** The extension that `npm start` loads beside Whence. */
export const greeter = resolve('dev/greeter');

/** The file name a package of this platform gets, as `vsce --target` names platforms. */
export const platform = `${process.platform}-${process.arch}`;
