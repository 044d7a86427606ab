/**
 * The first import of every entry. An older Node would fail in the middle of the bundle and print all of its source.
 * The check runs on import, because all code after it may need what an older Node lacks.
 */
const NEEDED = 24;

if (Number(process.versions.node.split('.')[0]) < NEEDED) {
  process.stderr.write(`This program needs Node ${NEEDED}, this is ${process.versions.node}.\n`);
  process.exit(1);
}

export {};
