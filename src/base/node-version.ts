/**
 * The first import of every entry: an older Node fails somewhere in the middle of the bundle, and prints all of it.
 * It runs when it is imported, because everything after it may need what that Node lacks.
 */
const NEEDED = 24;

if (Number(process.versions.node.split('.')[0]) < NEEDED) {
  process.stderr.write(`This program needs Node ${NEEDED}, this is ${process.versions.node}.\n`);
  process.exit(1);
}

export {};
