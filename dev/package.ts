// `npm run package`: the VSIX of this platform, in the repository's root.
import { packageExtension } from './vsix';

packageExtension().then(
  ({ path, bytes, files }) => {
    console.log(`${path}: ${files.length} files, ${(bytes / 2 ** 20).toFixed(2)} MB`);
  },
  (error: Error) => {
    console.error(error.message);
    process.exitCode = 1;
  },
);
