/** The version in package.json, repeated because the bundle runs without that file. */
export const VERSION = '1.0.0';
